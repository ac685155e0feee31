// SPDX-License-Identifier: Apache-2.0
/**
 * node bench/restrictions.ts [ROUNDS]: what a chain of twenty restrictions costs a recipient once every cache is warm.
 * The chain is one that is found in the wild: relay guard, syntax, DNS, DNS lists, tables of four kinds. Prints
 * microseconds of processor time a recipient, least of five runs; exit code 1 above the limit.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAddress } from '../src/core/address.ts'
import type { EpochMs, SessionId } from '../src/core/brand.ts'
import type { Logger } from '../src/core/ports.ts'
import { type ChainStage, chainStages } from '../src/core/ruling.ts'
import type { Session } from '../src/core/session.ts'
import { createResolver, resolverDefaults } from '../src/dns/resolver.ts'
import { openTransport } from '../src/dns/transport.ts'
import { buildChains, type Chains } from '../src/restrictions/chains.ts'
import type { WrittenLine } from '../src/restrictions/scan.ts'
import { restrictionDefaults } from '../src/restrictions/settings.ts'
import { type ChainFacts, newChainMemory } from '../src/restrictions/subject.ts'
import { realClock } from '../src/service/real-world.ts'
import { MemoryCounters, MemoryGreylist } from '../src/store/memory/losable.ts'
import { serveZone } from '../test/support/dns-server.ts'

const limitMicros = 100
const runs = 5

const zone = `
good.example MX 10 mx.good.example
good.example NS ns.good.example
mx.good.example A 203.0.113.1
ns.good.example A 203.0.113.2
mail.good.example A 192.0.2.1
example.org MX 10 mx.example.org
`

/** Twenty, all of which are asked for every recipient. */
const lists: Readonly<Partial<Record<ChainStage, readonly string[]>>> = {
  client: ['permit_mynetworks', 'reject_unknown_reverse_client_hostname', 'check_client_access cidr:networks'],
  helo: [
    'reject_invalid_helo_hostname',
    'reject_non_fqdn_helo_hostname',
    'reject_unknown_helo_hostname',
    'check_helo_access regexp:helos',
  ],
  sender: [
    'reject_non_fqdn_sender',
    'reject_unknown_sender_domain',
    'check_sender_access hash:senders',
    'check_sender_mx_access cidr:networks',
    'check_sender_ns_access hash:senders',
  ],
  relay: ['permit_sasl_authenticated', 'reject_unauth_destination'],
  recipient: [
    'reject_non_fqdn_recipient',
    'reject_unlisted_recipient',
    'check_recipient_access hash:recipients',
    'reject_rbl_client rbl.example',
    'reject_rhsbl_sender rhsbl.example',
    'rate_limit client=1000000/1d',
  ],
}

const silent: Logger = { child: () => silent, debug() {}, info() {}, warn() {}, error() {} }
const meter = { count() {}, observe() {}, gauge() {} }

const rounds = Number(process.argv[2] ?? 20_000)
const folder = mkdtempSync(join(tmpdir(), 'bench-restrictions-'))
try {
  await using server = await serveZone(zone)
  const chains = await build(folder, server.address)
  const before = server.questions.length
  await measure(chains, 500)
  const warm = server.questions.length
  const times: number[] = []
  for (let i = 0; i < runs; i++) times.push(await measure(chains, rounds))
  const asked = server.questions.length - warm
  const micros = Math.min(...times)
  const count = Object.values(lists).flat().length
  console.log(
    `${count} restrictions, ${runs} x ${rounds} recipients, ${warm - before} DNS questions while warming, ${asked} after`,
  )
  console.log(
    `${micros.toFixed(1)} µs of processor time a recipient (limit ${limitMicros}); runs: ${times.map((t) => t.toFixed(1)).join(' ')}`,
  )
  process.exitCode = micros < limitMicros ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}

async function build(dir: string, dnsAddress: string): Promise<Chains> {
  const numbers = Array.from({ length: 1000 }, (_, i) => i)
  const lines = (text: (i: number) => string) => `${numbers.map(text).join('\n')}\n`
  writeFileSync(
    join(dir, 'networks'),
    lines((i) => `10.${i >> 8}.${i & 255}.0/24 REJECT`),
  )
  writeFileSync(
    join(dir, 'senders'),
    lines((i) => `spam${i}.example REJECT`),
  )
  writeFileSync(
    join(dir, 'recipients'),
    lines((i) => `trap${i}@example.org REJECT`),
  )
  writeFileSync(join(dir, 'helos'), '/^dsl-[0-9]+\\./ REJECT\n/^(localhost|example)$/ REJECT\n/\\.lan$/ REJECT\n')
  const transport = openTransport({ servers: [dnsAddress], tryTimeoutMs: 1000, tries: 2 })
  const times = { ...resolverDefaults.cacheTimes, negativeSeconds: 3600 }
  const dns = createResolver({ ...resolverDefaults, cacheTimes: times, transport, clock: realClock, meter })
  const written = (stage: ChainStage): WrittenLine[] =>
    (lists[stage] ?? []).map((text) => ({ text, file: 'bench', line: 1 }))
  return buildChains(
    {
      lists: Object.fromEntries(chainStages.map((stage) => [stage, written(stage)])) as Record<
        ChainStage,
        WrittenLine[]
      >,
      classes: {},
      settings: { ...restrictionDefaults, recipientDelimiter: '+' },
    },
    {
      ...{ dns, clock: realClock, log: silent, meter, hostname: 'mx.example.org' },
      directory: {
        addressClass: ({ domain }) => (domain === 'example.org' ? 'local' : 'remote'),
        recipientStatus: () => 'exists',
        ownersOf: () => null,
      },
      ...{ mynetworks: [], interfaces: [], baseDir: dir, checkTablesEveryMs: 1000 },
      // As the gateway has it: every ruling is kept for the log and the history.
      trace: true,
      verify: async () => ({ kind: 'exists', reply: { code: 250, enhanced: '2.1.5', text: '' } }),
      greylist: new MemoryGreylist(1000, 864e5),
      counters: new MemoryCounters(1000),
    },
  )
}

/** Microseconds of processor time for each recipient. */
async function measure(chains: Chains, count: number): Promise<number> {
  const session: Session = {
    ...{ id: 's' as SessionId, role: 'mx', tls: null, identity: null, trust: 'stranger', openedAt: 0 as EpochMs },
    client: { ip: '192.0.2.1', port: 1, ptr: { kind: 'confirmed', name: 'mail.good.example' as never } },
    local: { ip: '192.0.2.25', port: 25 },
    helo: { verb: 'EHLO', name: 'mail.good.example' },
  }
  const facts: ChainFacts = {
    session,
    reversePath: parseAddress('someone+tag@good.example'),
    recipient: parseAddress('me+lists@example.org') ?? undefined,
    recipientCount: 1,
    memory: newChainMemory(),
  }
  const { signal } = new AbortController()
  const start = process.cpuUsage()
  for (let i = 0; i < count; i++) {
    const { reply } = await chains.atRcpt(facts, signal)
    if (reply !== null) throw new Error(`refused: ${reply.code} ${reply.text}`)
  }
  const { user, system } = process.cpuUsage(start)
  return (user + system) / count
}
