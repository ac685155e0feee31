// SPDX-License-Identifier: Apache-2.0
/** "transport:nexthop" (transport(5)) → a route of ours. */
import { parseIp } from '../kit/cidr.ts'
import type { Place } from './main-cf.ts'
import { entriesOf, unsupported } from './maps.ts'
import type { Service } from './master-cf.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'

/** A route as postern.toml has it, or why there is none. */
export type Routing = { readonly route: string } | { readonly because: string }

/** Transports of an unmodified master.cf, and the program behind each. */
const stock: Readonly<Record<string, string>> = {
  smtp: 'smtp',
  relay: 'smtp',
  lmtp: 'lmtp',
  local: 'local',
  virtual: 'virtual',
  discard: 'discard',
  error: 'error',
  retry: 'error',
}

export class Transports {
  readonly #parameters: Parameters
  readonly #programs: ReadonlyMap<string, string>
  /** Domain, ".parent" or address → transport and next hop, from the tables that can be listed. */
  readonly #table = new Map<string, { readonly value: string } & Place>()

  constructor(parameters: Parameters, services: readonly Service[], notes: Notes) {
    this.#parameters = parameters
    const own = services.filter((service) => service.type === 'unix')
    this.#programs = new Map(own.map((service) => [service.name, service.command]))
    for (const word of parameters.words('transport_maps')) {
      const why = unsupported(word.text, word)
      const entries = why === null ? entriesOf(word.text) : why
      if (why !== null) notes.add('dropped', word, `transport_maps: ${word.text}`, why)
      if (typeof entries !== 'string')
        for (const [key, entry] of entries) if (!this.#table.has(key)) this.#table.set(key, entry)
    }
  }

  /** ".example.org": each name below it goes to an MX of its own. */
  readonly byOwnMx: string[] = []

  /** The entry for a domain: its own, else its nearest parent's, else "*". */
  entryFor(domain: string): ({ readonly value: string } & Place) | undefined {
    const parents = domain.split('.').map((_, i, labels) => `.${labels.slice(i + 1).join('.')}`)
    const key = [domain, ...parents.slice(0, -1), '*'].find((each) => this.#table.has(each))
    return key === undefined ? undefined : this.#table.get(key)
  }

  /**
   * usual: what delivers such a domain where the table says nothing. transport(5): without a transport the usual one is
   * taken, without a next hop the domain itself, without both everything is as usual.
   */
  routeOf(text: string, domain: string, usual: string): Routing {
    const [named = '', hop = ''] = splitTransport(text.trim())
    const [transport = '', usualHop = ''] = splitTransport(named === '' ? usual : named)
    const program = this.#programs.get(transport) ?? stock[transport]
    const isUsual = named === '' && hop === ''
    switch (program) {
      case 'smtp':
        return this.#smtp(hop || usualHop || (isUsual ? this.#parameters.value('relayhost') : ''), domain)
      case 'lmtp':
        return this.#lmtp(hop || usualHop, domain)
      case 'local':
      case 'virtual':
        return { route: 'maildir:' }
      case undefined:
        return { because: `master.cf has no transport ${transport}` }
      default:
        return { because: `Postern has no courier for ${transport}: (${program})` }
    }
  }

  /** "[host]:port" is a host, "domain:port" has its MX looked up. */
  #smtp(hop: string, domain: string): Routing {
    const [first = ''] = hop.split(/[\s,]+/)
    const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\w+))?$/.exec(first) ?? []
    const number = port === undefined ? '' : `:${namedPorts[port] ?? port}`
    if (bracketed !== undefined) return { route: `smtp://${hostOf(bracketed)}${number}` }
    if (name === undefined) return { because: `"${first}" is no next hop` }
    return { route: `mx://${name === '' ? domain.replace(/^\./, '') : name}${number}` }
  }

  #lmtp(hop: string, domain: string): Routing {
    const [, path] = /^unix:(.+)$/.exec(hop) ?? []
    if (path !== undefined) {
      const queue = this.#parameters.value('queue_directory')
      return { route: `lmtp://${path.startsWith('/') ? path : `${queue}/${path}`}` }
    }
    const [, bracketed, name, port] = /^(?:inet:)?(?:\[([^\]]+)\]|([^:[\]]*))(?::(\w+))?$/.exec(hop) ?? []
    const host = bracketed ?? (name === '' ? domain : name)
    if (host === undefined) return { because: `"${hop}" is no next hop` }
    return { route: `lmtp://${hostOf(host)}${port === undefined ? '' : `:${namedPorts[port] ?? port}`}` }
  }
}

const namedPorts: Readonly<Record<string, string>> = { smtp: '25', lmtp: '24', submission: '587', smtps: '465' }

function splitTransport(text: string): readonly string[] {
  const colon = text.indexOf(':')
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
}

function hostOf(text: string): string {
  const address = text.replace(/^ipv6:/i, '')
  return parseIp(address) !== null && address.includes(':') ? `[${address}]` : address
}
