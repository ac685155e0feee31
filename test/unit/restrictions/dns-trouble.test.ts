// SPDX-License-Identifier: Apache-2.0
/**
 * A DNS that fails, is silent or lies, over real sockets: the documented 4xx, never a permission, never a crash. Lists
 * that are asked through DNS and cannot answer leave the decision to what comes after them.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseAddress } from '../../../src/core/address.ts'
import type { EpochMs, SessionId } from '../../../src/core/brand.ts'
import { type ChainStage, chainStages } from '../../../src/core/ruling.ts'
import type { Session } from '../../../src/core/session.ts'
import { createResolver, resolverDefaults } from '../../../src/dns/resolver.ts'
import { lookUpPtr } from '../../../src/dns/reverse.ts'
import { openTransport } from '../../../src/dns/transport.ts'
import { buildChains } from '../../../src/restrictions/chains.ts'
import type { WrittenLine } from '../../../src/restrictions/scan.ts'
import { restrictionDefaults } from '../../../src/restrictions/settings.ts'
import { newChainMemory } from '../../../src/restrictions/subject.ts'
import { realClock } from '../../../src/service/real-world.ts'
import { MemoryCounters, MemoryGreylist } from '../../../src/store/memory/losable.ts'
import { serveZone } from '../../support/dns-server.ts'
import { rememberingLog, silentMeter } from '../../support/silent.ts'

interface Row {
  readonly list: ChainStage
  readonly restriction: string
  /** Code and enhanced code; null: nobody has decided, and the recipient is taken. */
  readonly reply: string | null
}

/** Each in a list of its own, about names that all are in trouble. */
const rows: readonly Row[] = [
  { list: 'client', restriction: 'reject_unknown_client_hostname', reply: '450 4.7.25' },
  { list: 'client', restriction: 'reject_unknown_reverse_client_hostname', reply: '450 4.7.1' },
  { list: 'client', restriction: 'reject_unknown_forward_client_hostname', reply: '450 4.7.25' },
  { list: 'helo', restriction: 'reject_unknown_helo_hostname', reply: '450 4.7.1' },
  { list: 'sender', restriction: 'reject_unknown_sender_domain', reply: '450 4.1.8' },
  { list: 'recipient', restriction: 'reject_unknown_recipient_domain', reply: '450 4.1.2' },
  { list: 'relay', restriction: 'permit_mx_backup, reject', reply: '450 4.4.4' },
  { list: 'recipient', restriction: 'permit_dnswl_client trouble.example, reject', reply: '450 4.7.1' },
  { list: 'recipient', restriction: 'reject_rbl_client trouble.example, reject', reply: '554 5.7.1' },
  { list: 'recipient', restriction: 'reject_rhsbl_sender trouble.example, reject', reply: '554 5.7.1' },
  { list: 'recipient', restriction: 'check_sender_mx_access static:OK, reject', reply: '554 5.7.1' },
  { list: 'recipient', restriction: 'check_sender_ns_access static:OK, reject', reply: '554 5.7.1' },
  { list: 'recipient', restriction: 'check_helo_mx_access static:OK, reject', reply: '554 5.7.1' },
]

const zoneFor = (trouble: string) => `
1.2.0.192.in-addr.arpa ${trouble}
1.2.0.192.trouble.example ${trouble}
bad.example.trouble.example ${trouble}
bad.example ${trouble}
far.example ${trouble}
`

async function ask(row: Row, trouble: string): Promise<{ reply: string | null; rulings: string[] }> {
  await using server = await serveZone(zoneFor(trouble))
  const transport = openTransport({ servers: [server.address], tryTimeoutMs: 60, tries: 1 })
  const dns = createResolver({ ...resolverDefaults, deadlineMs: 150, transport, clock: realClock, meter: silentMeter })
  const lists = Object.fromEntries(chainStages.map((stage) => [stage, []])) as unknown as Record<
    ChainStage,
    WrittenLine[]
  >
  if (row.list !== 'relay') lists.relay = [{ text: 'permit_auth_destination, defer_if_permit', file: 'x', line: 1 }]
  lists[row.list] = [{ text: row.restriction, file: 'x', line: 1 }]
  const isFar = row.restriction.startsWith('permit_mx_backup') || row.restriction.includes('recipient_domain')
  const chains = await buildChains(
    { lists, classes: {}, settings: restrictionDefaults },
    {
      ...{ dns, clock: realClock, log: rememberingLog(), meter: silentMeter, hostname: 'mx.example.org' },
      directory: {
        addressClass: ({ domain }) => (domain === 'far.example' && row.list === 'relay' ? 'remote' : 'relay'),
        recipientStatus: () => 'exists',
        ownersOf: () => null,
      },
      ...{ mynetworks: [], interfaces: [], baseDir: '/', checkTablesEveryMs: 1000, trace: true },
      verify: async () => ({ kind: 'tempfail', reply: { code: 450, enhanced: '4.0.0', text: '' } }),
      greylist: new MemoryGreylist(10, 1000),
      counters: new MemoryCounters(10),
    },
  )
  const ptr = await lookUpPtr('192.0.2.1', { dns, clock: realClock, deadlineMs: 300 })
  const session: Session = {
    ...{ id: 's' as SessionId, role: 'mx', tls: null, identity: null, trust: 'stranger', openedAt: 0 as EpochMs },
    client: { ip: '192.0.2.1', port: 1, ptr },
    local: { ip: '192.0.2.25', port: 25 },
    helo: { verb: 'EHLO', name: 'bad.example' },
  }
  const recipient = parseAddress(isFar ? 'a@far.example' : 'me@example.org') ?? undefined
  const facts = {
    session,
    reversePath: parseAddress('a@bad.example'),
    recipient,
    recipientCount: 1,
    memory: newChainMemory(),
  }
  const outcome = await chains.atRcpt(facts, AbortSignal.timeout(5000))
  const { reply } = outcome
  const rulings = outcome.trace.filter(({ stage }) => stage === row.list).map(({ ruling }) => ruling)
  return { reply: reply === null ? null : `${reply.code} ${reply.enhanced}`, rulings }
}

describe('DNS in trouble', () => {
  for (const trouble of ['SERVFAIL', 'TIMEOUT', 'LIE']) {
    for (const row of rows) {
      test(`${trouble}: ${row.restriction} answers ${row.reply ?? 'nothing'} and permits nobody`, async () => {
        const { reply, rulings } = await ask(row, trouble)
        assert.equal(reply, row.reply)
        assert.ok(!rulings.includes('permit'), rulings.join(' '))
      })
    }
  }
})
