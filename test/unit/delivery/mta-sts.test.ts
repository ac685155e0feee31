// SPDX-License-Identifier: Apache-2.0
/** Policies of destinations (RFC 8461): handed in by the tests, or looked for by mailauth in a zone made of text. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as breathe } from 'node:timers/promises'
import type { MTASTSPolicy } from 'mailauth'
import { parsePolicy, validateMx } from 'mailauth/lib/mta-sts.js'
import { type DeliveryPorts, openDelivery } from '../../../src/app/delivery.ts'
import { readConfig } from '../../../src/config/load.ts'
import { type FetchPolicy, MtaSts, nodeResolver, policyFetcher } from '../../../src/delivery/mta-sts.ts'
import type { TlsMode } from '../../../src/delivery/session.ts'
import { targetsOf } from '../../../src/delivery/target.ts'
import { TlsPolicies } from '../../../src/delivery/tls-policy.ts'
import { localRoute, zone } from '../../support/couriers.ts'
import { at, HandClock, LineLog, noMeter } from '../../support/custody.ts'
import { zoneResolver } from '../../support/zone-resolver.ts'

const never = new AbortController().signal
const day = 24 * 3600
const route = localRoute('mx', 25, 'example.org')
const published = (mode: MTASTSPolicy['mode'], mx: string[], until = at(day * 1000)): MTASTSPolicy => ({
  ...{ id: '1', version: 'STSv1', mode, maxAge: day, mx },
  expires: new Date(until).toISOString(),
})
const finds =
  (policy: MTASTSPolicy): FetchPolicy =>
  async () => ({ policy, status: 'found' })

function someSts(fetch: FetchPolicy, table: ReadonlyMap<string, TlsMode> = new Map()) {
  const asked: { readonly domain: string; readonly known: MTASTSPolicy | null }[] = []
  const clock = new HandClock()
  const log = new LineLog()
  const counted: string[] = []
  const meter = { ...noMeter, count: (_: string, labels = {}) => counted.push(Object.values(labels).join(' ')) }
  const noting: FetchPolicy = (domain, known, signal) => {
    asked.push({ domain, known })
    return fetch(domain, known, signal)
  }
  const source = new MtaSts({ fetch: noting, otherwise: 'may', clock, log, meter })
  const tls = new TlsPolicies({ table, fallback: 'may', domains: [source], hosts: [] })
  return { source, tls, clock, log, asked, counted }
}

/** "host mode" of each target, or the answer where there is none. */
async function targets(tls: TlsPolicies, ...exchanges: string[]): Promise<string[]> {
  const dns = zone({
    mx: { 'example.org': exchanges.map((exchange, preference) => ({ preference, exchange })) },
    a: Object.fromEntries(exchanges.map((exchange) => [exchange, ['192.0.2.1']])),
  })
  const mx = { dns, random: () => 0.5, ownNames: new Set<string>(), isOwnAddress: () => false, family: 'any' } as const
  const found = await targetsOf(route, { mx, tls, credentialsFor: async () => null }, false, never)
  if (found.kind === 'none') return [`${found.reply.code} ${found.reply.enhanced}`]
  return found.targets.map(({ host, tls: mode }) => `${host} ${mode}`)
}

describe('an MTA-STS policy', () => {
  it('in force drops the hosts that it does not list, and demands valid certificates of the others', async () => {
    const { tls, log, counted } = someSts(finds(published('enforce', ['a.example.org', '*.mx.example.org'])))
    const hosts = ['a.example.org', 'evil.example', 'b.mx.example.org', 'x.b.mx.example.org', 'mx.example.org']
    assert.deepEqual(await targets(tls, ...hosts), ['a.example.org verify', 'b.mx.example.org verify'])
    assert.deepEqual(
      log.of('delivery.sts_unlisted').map(({ mx }) => mx),
      ['evil.example', 'x.b.mx.example.org', 'mx.example.org'],
    )
    assert.deepEqual([counted.length, counted[0], counted[1]], [5, 'enforce listed', 'enforce unlisted'])
  })

  it('in force makes mail wait when none of the hosts is listed', async () => {
    const { tls } = someSts(finds(published('enforce', ['a.example.org'])))
    assert.deepEqual(await targets(tls, 'evil.example'), ['451 4.7.5'])
  })

  it('that is being tested only says what it would have done', async () => {
    const { tls, log, counted } = someSts(finds(published('testing', ['a.example.org'])))
    assert.deepEqual(await targets(tls, 'evil.example'), ['evil.example may'])
    assert.deepEqual(log.of('delivery.sts_unlisted'), [{ domain: 'example.org', mx: 'evil.example', mode: 'testing' }])
    assert.deepEqual(counted, ['testing unlisted'])
  })

  it('that was withdrawn, or that there is none of, changes nothing', async () => {
    for (const policy of [published('none', []), { id: false, mode: 'none' } as const]) {
      const { tls, source } = someSts(finds(policy))
      assert.equal(await source.policyFor('example.org', never), null)
      assert.deepEqual(await targets(tls, 'evil.example'), ['evil.example may'])
    }
  })

  it('is not asked for where the operator has said what is to be, nor for an address', async () => {
    const { tls, source, asked } = someSts(finds(published('enforce', ['a'])), new Map([['example.org', 'none']]))
    assert.deepEqual(await targets(tls, 'evil.example'), ['evil.example none'])
    assert.equal(await source.policyFor('192.0.2.1', never), null)
    assert.deepEqual(asked, [])
  })
})

describe('a policy that is kept', () => {
  const enforced = published('enforce', ['a.example.org'])
  function failsAfterOne() {
    let first = true
    return someSts(async () => {
      if (!first) throw new Error('no route to host')
      first = false
      return { policy: enforced, status: 'found' }
    })
  }

  it('is obeyed until it expires, whatever fails then', async () => {
    const { source, clock, asked, log } = failsAfterOne()
    const mode = async () => (await source.policyFor('Example.ORG', never))?.mode
    assert.equal(await mode(), 'verify')
    clock.advance((day - 1) * 1000)
    assert.equal(await mode(), 'verify')
    assert.deepEqual(log.of('delivery.sts_failed'), [{ domain: 'example.org', because: 'no route to host' }])
    clock.advance(1000)
    assert.equal(await mode(), undefined)
    assert.deepEqual(
      asked.map(({ domain, known }) => `${domain} ${known?.id ?? 'unknown'}`),
      ['example.org unknown', 'example.org 1', 'example.org unknown'],
    )
  })

  it('gives way to a newer one', async () => {
    const found = [enforced, { ...enforced, id: '2', mode: 'testing' } as const]
    const { source } = someSts(async (_, known) => ({
      policy: found[known === null ? 0 : 1] ?? enforced,
      status: 'found',
    }))
    assert.equal((await source.policyFor('example.org', never))?.mode, 'verify')
    assert.equal((await source.policyFor('example.org', never))?.mode, 'may')
  })

  it('is handed back by a fetch that tells what failed, and the failure is not kept with it', async () => {
    const { source, asked, log } = someSts(async () => ({
      policy: { ...enforced, error: new Error('http_status_500') },
      status: 'errored',
    }))
    assert.equal((await source.policyFor('example.org', never))?.mode, 'verify')
    await source.policyFor('example.org', never)
    assert.deepEqual(asked[1]?.known, enforced)
    assert.equal(log.of('delivery.sts_failed').length, 2)
  })
})

describe('a policy that does not come', () => {
  it('is waited for once and for a while; when it comes too late the next mail obeys it', async () => {
    const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<FetchPolicy>>>()
    const aborted: boolean[] = []
    const sts = someSts((_domain, known, signal) => {
      signal.addEventListener('abort', () => aborted.push(true))
      return known === null ? promise : Promise.resolve({ policy: known, status: 'renewed' })
    })
    const both = [1, 2].map(() => sts.source.policyFor('example.org', never))
    sts.clock.advance(10_000)
    assert.deepEqual(await Promise.all(both), [null, null])
    assert.deepEqual([sts.asked.length, aborted], [1, [true]])
    resolve({ policy: published('enforce', ['a.example.org']), status: 'found' })
    await breathe()
    assert.equal((await sts.source.policyFor('example.org', never))?.mode, 'verify')
  })

  it('is not waited for by who has given up', async () => {
    const { source } = someSts(() => new Promise(() => undefined))
    const givenUp = new AbortController()
    const asking = source.policyFor('example.org', givenUp.signal)
    givenUp.abort()
    assert.equal(await asking, null)
    assert.equal(await source.policyFor('example.org', givenUp.signal), null)
  })
})

describe('mailauth', () => {
  const file = 'version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n'

  it('holds MX hosts against a policy that it has read (the example of RFC 8461 §3.2)', () => {
    const policy = parsePolicy(file, { strict: true })
    const hosts = [
      'mail.example.com',
      'MAIL.example.com.',
      'mx.example.net',
      'example.net',
      'a.b.example.net',
      'example.com',
    ]
    assert.deepEqual(
      hosts.map((host) => validateMx(host, policy).valid),
      [true, true, true, false, false, false],
    )
  })

  const txt = '_mta-sts.example.org TXT "v=STSv1; id=1;"\n'
  const known = published('enforce', ['a.example.org'], at(100 * 365 * day * 1000))
  const fetchIn = (text: string, isOwnAddress = (_: string) => false) => {
    const dns = zoneResolver(text)
    return { dns, fetch: policyFetcher({ dns, isOwnAddress }) }
  }

  it('does not fetch what is known and not replaced', async () => {
    const { dns, fetch } = fetchIn(txt)
    assert.equal((await fetch('example.org', known, never)).status, 'renewed')
    assert.deepEqual(dns.questions, ['TXT _mta-sts.example.org'])
  })

  for (const [title, text] of [
    ['the record is gone', 'example.org A 192.0.2.1'],
    ['nobody answers', '_mta-sts.example.org TIMEOUT'],
    ['the policy host has no address', txt.replace('id=1', 'id=2')],
    ['the policy host is ourselves', `${txt.replace('id=1', 'id=2')}mta-sts.example.org A 127.0.0.1`],
  ] as const)
    it(`knows of no policy when ${title}, or of the one that is kept`, async () => {
      const { fetch } = fetchIn(text, (ip) => ip === '127.0.0.1')
      assert.equal((await fetch('example.org', null, never)).policy.mode, 'none')
      const { policy } = await fetch('example.org', known, never)
      assert.deepEqual([policy.id, policy.mode, policy.expires], ['1', 'enforce', known.expires])
    })

  it('is told what DNS said in the words of node:dns', async () => {
    const dns = zoneResolver('t.example TXT "one" "two"\nt.example AAAA 2001:db8::1\nslow.example TIMEOUT')
    const resolver = nodeResolver({ dns, isOwnAddress: () => false }, never)
    assert.deepEqual(await resolver('t.example', 'TXT'), [['onetwo']])
    assert.deepEqual(await resolver('t.example', 'AAAA'), ['2001:db8::1'])
    await assert.rejects(resolver('t.example', 'A'), { code: 'ENODATA' })
    await assert.rejects(resolver('nowhere.example', 'TXT'), { code: 'ENOTFOUND' })
    await assert.rejects(resolver('slow.example', 'A'), { code: 'ETIMEOUT' })
  })
})

describe('delivery.mta_sts', () => {
  for (const [setting, questions] of [
    ['', []],
    ['mta_sts = true', ['TXT _mta-sts.example.org']],
  ] as const)
    it(`${setting || 'left out'}: asks ${questions.length} questions`, async () => {
      const { loaded } = readConfig(`hostname = "gw.example.org"\n[delivery]\n${setting}\n`, 'postern.toml')
      const dns = zoneResolver('example.org A 192.0.2.1')
      const routes: DeliveryPorts['routes'] = {
        domains: new Map(),
        table: { domains: new Map(), relayhost: null, fallback: 'mx' },
        find: () => undefined,
        isOurs: () => false,
        hasAccounts: () => false,
        addressClass: () => 'relay',
        destinationOf: () => null,
      }
      const ports = { routes, dns, random: () => 0.5, isOwnAddress: () => false }
      const still = { clock: new HandClock(), log: new LineLog(), meter: noMeter }
      const { tls } = await openDelivery(loaded, { ...ports, ...still })
      assert.equal((await tls.forRoute(route, never)).source, 'delivery.tls')
      assert.deepEqual(dns.questions, questions)
    })
})
