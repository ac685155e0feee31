// SPDX-License-Identifier: Apache-2.0
/**
 * Plays a written script against the restriction chains and writes down what they say, for review as text.
 *
 *   zone LINE                     a line of the fake DNS (zone.ts)
 *   table NAME KEY VALUE          an entry of the text table NAME (the file is written where tables are looked for)
 *   file NAME LINE                a line of any other table file
 *   domain NAME CLASS             local, virtual or relay; every other domain is remote
 *   user ADDRESS                  exists; every other address of our domains is unknown
 *   directory down                every question to the directory fails
 *   owner ADDRESS LOGIN...        who may send as it
 *   set NAME VALUE                a setting (settings.ts)
 *   LIST = RESTRICTIONS           client, helo, sender, relay, recipient, data, end_of_data, etrn
 *   class NAME = RESTRICTIONS
 *   client IP [NAME|unknown|temp|forged:NAME|nowhere:NAME]   a new connection
 *   tls [FINGERPRINT [KEY] [trusted]] · login NAME · pipelining
 *   helo NAME · mail ADDRESS · rcpt ADDRESS · data · eod · etrn DOMAIN
 *
 *   pass SECONDS                  time goes by
 *
 * Settings and lists are read before the first command. Commands print what the client would read; indented below, the
 * trace, orders and log lines that matter.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAddress } from '../../src/core/address.ts'
import type { Domain, EpochMs, SessionId } from '../../src/core/brand.ts'
import type { AddressClass } from '../../src/core/envelope.ts'
import { printComplaint, UserError } from '../../src/core/failure.ts'
import { printReply } from '../../src/core/reply.ts'
import { type ChainOutcome, type ChainStage, chainStages } from '../../src/core/ruling.ts'
import type { ClientCertificate, Ptr, Session } from '../../src/core/session.ts'
import { type Network, parseNetwork } from '../../src/kit/cidr.ts'
import type { Directory, Verification } from '../../src/restrictions/build.ts'
import { buildChains, type Chains } from '../../src/restrictions/chains.ts'
import type { WrittenLine } from '../../src/restrictions/scan.ts'
import { type RestrictionSettings, restrictionDefaults } from '../../src/restrictions/settings.ts'
import { type ChainFacts, newChainMemory } from '../../src/restrictions/subject.ts'
import { MemoryCounters, MemoryGreylist } from '../../src/store/memory/losable.ts'
import { fakeClock } from './fake-clock.ts'
import { type LoggedEvent, rememberingLog, silentMeter } from './silent.ts'
import { zoneResolver } from './zone-resolver.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type World = ReturnType<typeof newWorld>

function newWorld() {
  return {
    zone: [] as string[],
    files: new Map<string, string[]>(),
    domains: new Map<string, AddressClass>(),
    users: new Set<string>(),
    owners: new Map<string, string[]>(),
    directoryDown: false,
    mynetworks: ['127.0.0.0/8'],
    interfaces: ['192.0.2.25'],
    settings: { ...restrictionDefaults } as Mutable<RestrictionSettings>,
    lists: Object.fromEntries(chainStages.map((stage) => [stage, []])) as unknown as Record<ChainStage, WrittenLine[]>,
    classes: {} as Record<string, WrittenLine[]>,
  }
}

/** "bad@…" would be refused where it goes, and nobody can say of "doubtful@…". */
function verificationOf(localPart: string): Verification {
  if (localPart === 'bad') return { kind: 'unknown', reply: { code: 550, enhanced: '5.1.1', text: 'No such user' } }
  if (localPart === 'doubtful') return { kind: 'tempfail', reply: { code: 451, enhanced: '4.3.0', text: 'Later' } }
  return { kind: 'exists', reply: { code: 250, enhanced: '2.1.5', text: 'Ok' } }
}

function losable() {
  return { greylist: new MemoryGreylist(1000, 864e5), counters: new MemoryCounters(1000) }
}

const commands = new Set([
  'client',
  'tls',
  'login',
  'pipelining',
  'helo',
  'mail',
  'rcpt',
  'data',
  'eod',
  'etrn',
  'pass',
])

/** The script with what the chains say after every command. */
export async function playScript(script: string, name: string): Promise<string> {
  const world = newWorld()
  const lines = script.split('\n').map((line) => line.trim())
  const play: { readonly line: string; readonly isCommand: boolean }[] = []
  for (const [i, line] of lines.entries()) {
    const word = line.split(/\s/, 1)[0] ?? ''
    const isCommand = commands.has(word) && !/^\S+\s*=/.test(line)
    play.push({ line, isCommand })
    if (!isCommand && line !== '' && !line.startsWith('#')) prepare(world, line, name, i + 1)
  }
  const dir = await mkdtemp(join(tmpdir(), 'restrictions-'))
  try {
    for (const [file, text] of world.files) await writeFile(join(dir, file), `${text.join('\n')}\n`)
    return await perform(play, world, dir)
  } finally {
    await rm(dir, { recursive: true })
  }
}

function prepare(world: World, line: string, file: string, number: number): void {
  const list = /^(?:(class)\s+)?(\w+)\s*=\s*(.*)$/.exec(line)
  if (list !== null) {
    const written = { text: list[3] ?? '', file, line: number }
    const key = list[2] ?? ''
    if (list[1] === 'class') world.classes[key] = [...(world.classes[key] ?? []), written]
    else world.lists[key as ChainStage].push(written)
    return
  }
  const [word, first = '', ...rest] = line.split(/\s+/)
  const text = line.replace(/^\S+\s+(\S+\s+)?/, '')
  if (word === 'zone') world.zone.push(line.replace(/^zone\s+/, ''))
  else if (word === 'table' || word === 'file') world.files.set(first, [...(world.files.get(first) ?? []), text])
  else if (word === 'domain') world.domains.set(first, rest[0] as AddressClass)
  else if (word === 'user') world.users.add(first)
  else if (word === 'owner') world.owners.set(first, rest)
  else if (word === 'directory') world.directoryDown = true
  else if (word === 'mynetworks') world.mynetworks = [first, ...rest]
  else if (word === 'set') Object.assign(world.settings, { [first]: settingOf(text) })
  else throw new Error(`${file}:${number}: cannot read "${line}"`)
}

function settingOf(text: string): string | number | boolean {
  if (text === 'yes' || text === 'no') return text === 'yes'
  return /^\d+$/.test(text) ? Number(text) : text
}

function directoryOf(world: World): Directory {
  const isUp = (): void => {
    if (world.directoryDown) throw new Error('the directory is down')
  }
  const key = (localPart: string, domain: string): string => `${localPart}@${domain}`.toLowerCase()
  return {
    addressClass: ({ domain }) => (domain === '' ? 'local' : (world.domains.get(domain) ?? 'remote')),
    recipientStatus({ localPart, domain }) {
      if (world.directoryDown) return 'tempfail'
      return world.users.has(key(localPart, domain)) ? 'exists' : 'unknown'
    },
    ownersOf({ localPart, domain }) {
      isUp()
      return world.owners.get(key(localPart, domain)) ?? null
    },
  }
}

async function perform(
  play: readonly { readonly line: string; readonly isCommand: boolean }[],
  world: World,
  dir: string,
): Promise<string> {
  const log = rememberingLog()
  const out: string[] = []
  const clock = fakeClock()
  const opened = await open(world, dir, log, clock)
  if (typeof opened === 'string')
    return `${play.map(({ line }) => line).join('\n')}\n${opened.replaceAll(`${dir}/`, '')}\n`
  let facts: Mutable<ChainFacts> = { session: sessionOf(['192.0.2.1']) }
  for (const { line, isCommand } of play) {
    out.push(line)
    if (!isCommand) continue
    const [word = '', ...rest] = line.split(/\s+/)
    const before = log.events.length
    if (word === 'client') facts = { session: sessionOf(rest), memory: newChainMemory() }
    if (word === 'pass') clock.advance(Number(rest[0]) * 1000)
    const outcome = word === 'pass' ? null : await command(opened, facts, word, rest)
    if (outcome !== null) out.push(...told(outcome, log.events.slice(before), dir))
  }
  return `${out.join('\n')}\n`
}

async function open(
  world: World,
  dir: string,
  log: ReturnType<typeof rememberingLog>,
  clock: ReturnType<typeof fakeClock>,
): Promise<Chains | string> {
  try {
    return await buildChains(
      { lists: world.lists, classes: world.classes, settings: world.settings },
      {
        dns: zoneResolver(world.zone.join('\n')),
        clock: { ...clock, sleep: async () => undefined },
        log,
        meter: silentMeter,
        directory: directoryOf(world),
        mynetworks: networks(world.mynetworks),
        interfaces: networks(world.interfaces),
        hostname: 'mx.example.org',
        verify: async ({ localPart }) => verificationOf(localPart),
        ...losable(),
        baseDir: dir,
        checkTablesEveryMs: 1000,
        trace: true,
      },
    )
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.complaints.map((complaint) => `! ${printComplaint(complaint)}`).join('\n')
  }
}

function networks(texts: readonly string[]): Network[] {
  return texts.map(parseNetwork).filter((network) => typeof network !== 'string')
}

async function command(
  chains: Chains,
  facts: Mutable<ChainFacts>,
  word: string,
  rest: readonly string[],
): Promise<ChainOutcome | null> {
  const signal = new AbortController().signal
  const [argument = ''] = rest
  const session = facts.session as Mutable<Session>
  switch (word) {
    case 'client':
      return chains.atConnect(facts, signal)
    case 'tls':
      session.tls = { protocol: 'TLSv1.3', cipher: 'x', peer: argument === '' ? null : certificateOf(rest) }
      return null
    case 'login':
      session.identity = { account: argument, mechanism: 'PLAIN', maySendAs: [] }
      return null
    case 'pipelining':
      session.illegalPipelining = true
      return null
    case 'helo':
      session.helo = { verb: 'EHLO', name: argument }
      return chains.atHelo(facts, signal)
    case 'mail':
      facts.reversePath = argument === '<>' ? null : parseAddress(argument)
      facts.recipientCount = 0
      return chains.atMail(facts, signal)
    case 'rcpt': {
      const recipient = parseAddress(argument) ?? undefined
      const count = (facts.recipientCount ?? 0) + 1
      const outcome = await chains.atRcpt({ ...facts, recipient, recipientCount: count }, signal)
      if (outcome.reply === null) facts.recipientCount = count
      return outcome
    }
    case 'data':
      return chains.atData(facts, signal)
    case 'eod':
      return chains.atEndOfData(facts, signal)
    default:
      return chains.atEtrn({ ...facts, etrnDomain: argument }, signal)
  }
}

function certificateOf([fingerprint = '', key = '', trust]: readonly string[]): ClientCertificate {
  const names = { subject: 'laptop', issuer: 'our authority' }
  return { ...names, fingerprint, publicKeyFingerprint: key, isTrusted: trust === 'trusted' }
}

function told(outcome: ChainOutcome, events: readonly LoggedEvent[], dir: string): string[] {
  const reply = outcome.reply === null ? '250' : printReply(outcome.reply)
  const lines = [`  ${reply}${outcome.hangUp ? ' (and hangs up)' : ''}`]
  for (const { stage, restriction, ruling, because } of outcome.trace)
    lines.push(`    ${stage}: ${restriction}: ${ruling}: ${because}`)
  for (const order of outcome.orders) lines.push(`    order ${Object.values(order).join(' ')}`)
  for (const { event, fields } of events)
    if (event === 'restrictions.warned' || event === 'restrictions.would_refuse')
      lines.push(`    log ${event}: ${fields['because']}`)
  return lines.map((line) => line.replaceAll(`${dir}/`, ''))
}

function sessionOf([ip = '', name = 'unknown']: readonly string[]): Session {
  const [how = '', claimed = ''] = name.split(':')
  const ptr: Ptr =
    name === 'unknown'
      ? { kind: 'absent' }
      : name === 'temp'
        ? { kind: 'tempfail' }
        : claimed === ''
          ? { kind: 'confirmed', name: how as Domain }
          : { kind: 'unconfirmed', claimed: claimed as Domain, because: how === 'forged' ? 'mismatch' : 'no-address' }
  return {
    id: 's1' as SessionId,
    role: 'mx',
    client: { ip, port: 40_000, ptr },
    local: { ip: '192.0.2.25', port: 25 },
    tls: null,
    helo: null,
    identity: null,
    trust: 'stranger',
    openedAt: 0 as EpochMs,
  }
}
