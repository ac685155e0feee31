// SPDX-License-Identifier: Apache-2.0
/** master.cf's smtpd and postscreen services → listeners. */
import { parseIp } from '../kit/cidr.ts'
import type { Written } from './main-cf.ts'
import type { Service } from './master-cf.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Section } from './toml.ts'

const ports: Readonly<Record<string, number>> = { smtp: 25, submission: 587, smtps: 465, submissions: 465 }

export interface ImportedListeners {
  readonly sections: readonly Section[]
  /** What the service that takes strangers' mail sets for itself: the lists are read with it. */
  readonly overrides: ReadonlyMap<string, Written>
  readonly hasPostscreen: boolean
  /** Some service asks clients for certificates. */
  readonly asksCertificates: boolean
  /** The first service for our own users: its lists are those of all; null: there is none. */
  readonly firstForUsers: Service | null
  /** What a service became; null: nothing. */
  readonly roleOf: (service: Service) => 'mx' | 'submission' | null
}

interface Door {
  readonly service: Service
  readonly role: 'mx' | 'submission'
  readonly tls: 'none' | 'starttls' | 'implicit'
  readonly addresses: readonly string[]
  readonly asksCertificate: boolean
  /** mx: clients may log in. */
  readonly auth: boolean
}

/** Without a master.cf: port 25 alone. */
export function importListeners(
  services: readonly Service[] | null,
  parameters: Parameters,
  notes: Notes,
): ImportedListeners {
  const written = services ?? []
  const pass = written.find((service) => service.type === 'pass' && service.command === 'smtpd')
  const doors = written.flatMap((service) => readDoor(service, pass, parameters, notes))
  const main = doors.find((door) => door.role === 'mx')
  const hasPostscreen = main?.service.command === 'postscreen'
  const overrides = (hasPostscreen ? pass?.overrides : main?.service.overrides) ?? new Map<string, Written>()
  const users = doors.filter((door) => door.role === 'submission')
  const filter = parameters.of(overrides).value('content_filter')
  if (filter !== '') {
    const because = 'Postern judges mail in place; no other program gets it in between'
    notes.add('dropped', parameters.of(overrides).place('content_filter'), `content_filter = ${filter}`, because)
  }
  const all = services === null ? [defaultDoor(parameters, notes)] : doors
  const sections = all.flatMap((door) => door.addresses.map((address) => sectionOf(door, address)))
  const role = new Map(doors.map((door) => [door.service, door.role]))
  const asksCertificates = all.some((door) => door.asksCertificate)
  const firstForUsers = users[0]?.service ?? null
  return {
    sections,
    overrides,
    hasPostscreen,
    asksCertificates,
    firstForUsers,
    roleOf: (service) => role.get(service) ?? null,
  }
}

function sectionOf({ role, tls, auth, asksCertificate, service }: Door, address: string): Section {
  const { file, line, name } = service
  const more = { ...(auth ? { auth } : {}), ...(asksCertificate ? { client_certificates: 'ask' } : {}) }
  const settings = { role, address, tls, ...more }
  const entries = Object.entries(settings).map(([key, value]) => ({ key, value, comment: null }))
  const comments = line > 0 ? [`${name}, ${file}:${line}`] : []
  return { name: '[listeners]', comments, entries }
}

function defaultDoor(parameters: Parameters, notes: Notes): Door {
  const { file } = parameters.place('inet_interfaces')
  const place = { file, line: 0 }
  const service = { ...place, name: 'smtp', type: 'inet', command: 'smtpd', args: [], overrides: new Map() }
  const tls = tlsOf(parameters, 'mx')
  return {
    service,
    role: 'mx',
    tls,
    asksCertificate: asksCertificate(parameters, tls, notes),
    auth: offersAuth(parameters, tls, notes),
    addresses: addressesOf('', 25, parameters, service, notes),
  }
}

function readDoor(service: Service, pass: Service | undefined, parameters: Parameters, notes: Notes): readonly Door[] {
  const { name, type, command, overrides } = service
  if (type !== 'inet' || (command !== 'smtpd' && command !== 'postscreen')) return []
  const [, bracketed, plain, port = ''] = /^(?:\[(.+)\]:|([^:]+):)?([^:]+)$/.exec(name) ?? []
  const number = ports[port] ?? Number(port)
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    notes.add('dropped', service, `the service ${name}`, `"${port}" is no port that Postern knows`)
    return []
  }
  const own = parameters.of(command === 'postscreen' ? (pass?.overrides ?? overrides) : overrides)
  const host = bracketed ?? plain ?? ''
  const isFilterReturn = overrides.has('content_filter') && own.value('content_filter') === '' && isLoopback(host)
  if (isFilterReturn) {
    notes.add(
      'dropped',
      service,
      `the service ${name}`,
      'it takes mail back from a content filter; Postern judges in place',
    )
    return []
  }
  const isSubmission = port !== 'smtp' && number !== 25 && isForUsers(own, number)
  const role = isSubmission ? 'submission' : 'mx'
  const tls = tlsOf(own, role)
  const addresses = addressesOf(host, number, own, service, notes)
  const auth = role === 'mx' && offersAuth(own, tls, notes)
  return [{ service, role, tls, auth, addresses, asksCertificate: asksCertificate(own, tls, notes) }]
}

/** Logins where strangers' mail comes in. */
function offersAuth(own: Parameters, tls: Door['tls'], notes: Notes): boolean {
  const name = 'smtpd_sasl_auth_enable'
  if (!own.isYes(name)) return false
  const isClear = tls === 'none'
  const because = isClear
    ? 'there are no logins without TLS: set tls of the listener, and auth = true'
    : "logins are those of Postern's accounts (postern user add), and are offered only once there is TLS"
  notes.add(isClear ? 'todo' : 'changed', own.place(name), `${name} = yes`, because)
  return !isClear
}

/** Postfix demands a certificate only where it demands TLS, and we demand neither. */
function asksCertificate(own: Parameters, tls: Door['tls'], notes: Notes): boolean {
  const demands = own.isYes('smtpd_tls_req_ccert')
  const isAsked = own.isYes('smtpd_tls_ask_ccert') || demands
  if (demands && tls !== 'none') {
    const because = 'clients are asked for a certificate, and those without one are judged like all others'
    notes.add('changed', own.place('smtpd_tls_req_ccert'), 'smtpd_tls_req_ccert = yes', because)
  }
  return isAsked && tls !== 'none'
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function isForUsers(own: Parameters, port: number): boolean {
  return port === 587 || port === 465 || own.isYes('smtpd_tls_wrappermode') || own.isYes('smtpd_sasl_auth_enable')
}

function tlsOf(own: Parameters, role: 'mx' | 'submission'): Door['tls'] {
  if (own.isYes('smtpd_tls_wrappermode')) return 'implicit'
  const level = own.value('smtpd_tls_security_level')
  const isOn = (level !== '' && level !== 'none') || own.isYes('smtpd_use_tls') || own.isYes('smtpd_enforce_tls')
  return isOn || role === 'submission' ? 'starttls' : 'none'
}

/** The host of the service, or else what inet_interfaces and inet_protocols say, as addresses to listen on. */
function addressesOf(host: string, port: number, own: Parameters, service: Service, notes: Notes): readonly string[] {
  const protocols = own.words('inet_protocols').map((word) => word.text)
  const hasSix = protocols.includes('all') || protocols.includes('ipv6')
  const hasFour = protocols.includes('all') || protocols.includes('ipv4')
  const names = host === '' ? own.words('inet_interfaces').map((word) => word.text) : [host]
  const hosts = names.flatMap((name): readonly string[] => {
    if (name === 'all' && hasSix) {
      const because = 'the address [::] takes IPv4 too; on a host without IPv6 write 0.0.0.0 in its place'
      if (hasFour) notes.add('changed', own.place('inet_protocols'), 'inet_protocols = all', because)
      return ['::']
    }
    if (name === 'all') return ['0.0.0.0']
    if (name === 'loopback-only' || name === 'localhost')
      return [...(hasFour ? ['127.0.0.1'] : []), ...(hasSix ? ['::1'] : [])]
    const address = name.replace(/^\[(.*)\]$/, '$1')
    if (parseIp(address) === null) {
      const place = host === '' ? own.place('inet_interfaces') : service
      notes.add(
        'todo',
        place,
        `the interface ${name}`,
        'write its address in place of its name; until then localhost is used',
      )
      return ['127.0.0.1']
    }
    return (address.includes(':') ? hasSix : hasFour) ? [address] : []
  })
  return [...new Set(hosts)].map((address) => `${address.includes(':') ? `[${address}]` : address}:${port}`)
}
