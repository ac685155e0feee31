// SPDX-License-Identifier: Apache-2.0
/** Which hosts are tried, how safe the line to them is, and what is left when none of them answers. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Resolver } from '../../../src/core/ports.ts'
import { hostsOf, type MxOptions } from '../../../src/delivery/mx.ts'
import type { CouriersOptions } from '../../../src/delivery/open.ts'
import type { CertificatePin, TlsMode } from '../../../src/delivery/session.ts'
import { targetsOf } from '../../../src/delivery/target.ts'
import { type DomainPolicySource, TlsPolicies } from '../../../src/delivery/tls-policy.ts'
import { makeCertificate, readCertificate } from '../../../src/service/certificate.ts'
import { aJob, localRoute, someCouriers, summary, type Zone, zone } from '../../support/couriers.ts'
import { tempFolder } from '../../support/custody.ts'
import { aSink } from '../../support/sink.ts'

const never = new AbortController().signal
const text = 'Subject: x\r\n\r\nhello\r\n'
const oneHost: Zone = { mx: { 'example.org': [{ preference: 1, exchange: 'one' }] }, a: { one: ['127.0.0.1'] } }

const anMx: MxOptions = {
  dns: zone({ a: { both: ['192.0.2.1', '192.0.2.2'] } }),
  random: () => 0.5,
  ownNames: new Set(),
  isOwnAddress: () => false,
  family: 'any',
}

function policies(fallback: TlsMode, more: Partial<ConstructorParameters<typeof TlsPolicies>[0]> = {}): TlsPolicies {
  return new TlsPolicies({ table: new Map(), fallback, domains: [], hosts: [], ...more })
}

async function deliver(port: number, more: Partial<CouriersOptions> & { readonly zone?: Zone }, host = 'example.org') {
  await using couriers = someCouriers({ zone: oneHost, ...more })
  const job = await aJob(text)
  const outcomes = await couriers.deliver(job, localRoute('mx', port, host), never)
  return { said: summary(job, outcomes).join(), to: [...outcomes.values()][0]?.to ?? '' }
}

describe('a fallback relay', () => {
  for (const [title, zone] of [
    ['is tried when no MX host is reached', { ...oneHost, a: { one: ['127.0.0.2'] } }],
    ['is tried when the MX cannot be looked up', { mx: { 'example.org': 'tempfail' } }],
    ['is tried when the domain is not found', { mx: { 'example.org': 'nxdomain' } }],
  ] as const) {
    it(title, async () => {
      await using sink = await aSink()
      const fallback = [localRoute('smtp', sink.port)]
      assert.equal((await deliver(sink.port, { zone, fallback })).said, 'delivered 250 2.0.0')
    })
  }

  it('is left alone when the domain takes no mail, or has refused it', async () => {
    await using sink = await aSink()
    await using relay = await aSink()
    const fallback = [localRoute('smtp', relay.port)]
    const nullMx = { mx: { 'example.org': [{ preference: 0, exchange: '' }] } }
    assert.equal((await deliver(sink.port, { zone: nullMx, fallback })).said, 'bounced 556 5.1.10')
    await using refusing = await aSink({ answer: (step) => (step === 'RCPT' ? '550 5.1.1 no' : undefined) })
    assert.equal((await deliver(refusing.port, { fallback })).said, 'bounced 550 5.1.1')
    assert.equal(relay.connections(), 0)
  })
})

describe('a fallback relay that is down', () => {
  it('makes mail wait for it, even for a domain that is not found', async () => {
    const relay = await aSink()
    await relay[Symbol.asyncDispose]()
    const fallback = [localRoute('smtp', relay.port)]
    const nowhere = { mx: { 'example.org': 'nxdomain' } } as const
    assert.equal((await deliver(25, { zone: nowhere, fallback })).said, 'deferred 451 4.4.1')
    assert.equal((await deliver(25, { zone: nowhere })).said, 'bounced 550 5.1.2')
  })
})

describe('mail that comes back to ourselves', () => {
  it('is noticed by the name that the MX host gives', async () => {
    await using sink = await aSink({ answer: (step) => (step === 'EHLO' ? '250 GW.example.org' : undefined) })
    assert.equal((await deliver(sink.port, {})).said, 'bounced 554 5.4.6')
    assert.equal(sink.messages.length, 0)
  })
})

describe('the TLS policy', async () => {
  await using folder = await tempFolder()
  const files = { key: join(folder.path, 'key.pem'), certificate: join(folder.path, 'certificate.pem') }
  await makeCertificate(files, 'one', Date.now())
  const tls = readCertificate(files)

  it('of a destination is the most exact one', async () => {
    const table = new Map<string, TlsMode>([
      ['a.example', 'none'],
      ['.a.example', 'encrypt'],
      ['*', 'verify'],
    ])
    const mode = async (host: string) =>
      (await policies('may', { table }).forRoute(localRoute('mx', 25, host), never)).mode
    assert.deepEqual(
      [await mode('a.example'), await mode('b.c.a.example'), await mode('b.example')],
      ['none', 'encrypt', 'verify'],
    )
  })

  it('that demands a valid certificate takes one of the authority that it is given', async () => {
    await using sink = await aSink(tls)
    const limits = { connectMs: 500, commandMs: 500, transferMs: 500, finalMs: 500 }
    const session = { ehloName: 'gw.example.org', limits, ca: tls.cert }
    assert.equal((await deliver(sink.port, { tls: policies('verify'), session })).said, 'delivered 250 2.0.0')
    assert.equal(sink.messages[0]?.secure, true)
    assert.match((await deliver(sink.port, { tls: policies('verify') })).said, /^deferred/)
    const other = { mx: { 'example.org': [{ preference: 1, exchange: 'two' }] }, a: { two: ['127.0.0.1'] } }
    assert.match((await deliver(sink.port, { tls: policies('verify'), session, zone: other })).said, /^deferred/)
  })

  it('"none" talks in clear to a host that offers more', async () => {
    await using sink = await aSink(tls)
    assert.equal((await deliver(sink.port, { tls: policies('none') })).said, 'delivered 250 2.0.0')
    assert.equal(sink.messages[0]?.secure, false)
  })

  it('of a domain may name the hosts that are used; when it is not known mail waits', async () => {
    await using sink = await aSink()
    const source = (allowed: string): DomainPolicySource => ({
      policyFor: async () => ({ mode: 'may', mayUse: (name) => name === allowed, source: 'test' }),
    })
    const ask = async (domains: DomainPolicySource[]) =>
      (await deliver(sink.port, { tls: policies('may', { domains }) })).said
    assert.equal(await ask([source('one')]), 'delivered 250 2.0.0')
    assert.equal(await ask([source('two')]), 'deferred 451 4.7.5')
    assert.equal(await ask([{ policyFor: () => Promise.reject(new Error('timeout')) }]), 'deferred 451 4.7.5')
  })

  it('of a host may demand one certificate, whoever signed it', async () => {
    await using sink = await aSink(tls)
    const wanted = new X509Certificate(tls.cert).raw
    const pin = (certificate: Uint8Array): CertificatePin => ({
      id: 'pin',
      problem: (found) => (Buffer.compare(found, certificate) === 0 ? null : 'it is another one'),
    })
    const ask = async (certificate: Uint8Array) => {
      const hosts = [{ pinFor: async () => pin(certificate) }]
      return (await deliver(sink.port, { tls: policies('may', { hosts }) })).said
    }
    assert.equal(await ask(wanted), 'delivered 250 2.0.0')
    assert.match(await ask(Buffer.from('another')), /^deferred/)
    assert.equal(sink.messages.length, 1)
  })
})

describe('credentials', () => {
  const credentialsFor = async () => ({ user: 'us', pass: 'secret' })

  it('are said to a relay that asks for them, and a wrong one makes mail wait', async () => {
    const offers = ['PIPELINING', 'AUTH PLAIN']
    await using sink = await aSink({ offers })
    assert.equal((await deliver(sink.port, { credentialsFor })).said, 'delivered 250 2.0.0')
    assert.ok(sink.commands.some((line) => line.startsWith('AUTH PLAIN')))
    await using refusing = await aSink({ offers, answer: (step) => (step === 'AUTH' ? '535 5.7.8 no' : undefined) })
    assert.equal((await deliver(refusing.port, { credentialsFor })).said, 'deferred 454 4.7.0')
  })

  it('are not said in clear to another machine, whatever the policy', async () => {
    for (const [mode, becomes] of [
      ['none', 'encrypt'],
      ['may', 'encrypt'],
      ['verify', 'verify'],
    ] as const) {
      const options = { mx: anMx, tls: policies(mode), credentialsFor }
      const found = await targetsOf(localRoute('smtp', 587, '192.0.2.1'), options, false, never)
      assert.equal(found.kind === 'targets' && found.targets[0]?.tls, becomes)
    }
  })
})

describe('the addresses of a host', () => {
  for (const [family, first, number] of [
    ['any', '2001:db8::1', 3],
    ['ipv6', '2001:db8::1', 3],
    ['ipv4', '192.0.2.1', 3],
    ['ipv4_only', '192.0.2.1', 2],
    ['ipv6_only', '2001:db8::1', 1],
  ] as const) {
    it(`are tried as "${family}" says`, async () => {
      const dns: Resolver = {
        ...anMx.dns,
        aaaa: async () => ({ kind: 'found', records: ['2001:db8::1'], ttlSeconds: 1, secure: false }),
      }
      const found = await hostsOf(localRoute('smtp', 25, 'both'), { ...anMx, dns, family }, never)
      const addresses = found.kind === 'hosts' ? found.hosts.map((host) => host.address) : []
      assert.deepEqual([addresses[0], addresses.length], [first, number])
    })
  }
})
