// SPDX-License-Identifier: Apache-2.0
/** What every Resolver must do, proven the same way for the real one and the fake one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Resolver } from '../../src/core/ports.ts'

const zone = `
  example.org.            A      192.0.2.1
  example.org.            A      192.0.2.2
  example.org.       120  AAAA   2001:db8::1
  example.org.            MX     10 mx1.example.org.
  example.org.            MX     20 MX2.example.org.
  example.org.            NS     ns1.example.org.
  example.org.            TXT    "v=spf1 ip4:192.0.2.0/24 " "-all"
  www.example.org.        CNAME  example.org.
  dangling.example.org.   CNAME  nowhere.example.org.
  null.example.org.       MX     0 .
  only.text.example.org.  TXT    "hello"
  192.0.2.1               PTR    Mail.Example.org.
  2001:db8::1             PTR    mail.example.org.
  192.0.2.9               PTR    "not a name"
  broken.example.org.     SERVFAIL
  silent.example.org.     TIMEOUT
  liar.example.org.       LIE
`

/** Opens a resolver over a zone; it must give up silent servers within about a second. */
export type OpenResolver = (zone: string) => Promise<AsyncDisposable & { readonly resolver: Resolver }>

export function proveResolver(open: OpenResolver): void {
  test('addresses, names and texts are found', async () => {
    await using opened = await open(zone)
    const dns = opened.resolver
    const a = await dns.a('example.org')
    assert.ok(a.kind === 'found')
    assert.deepEqual([...a.records].sort(), ['192.0.2.1', '192.0.2.2'])
    assert.equal(a.ttlSeconds, 300)
    const aaaa = await dns.aaaa('EXAMPLE.org.')
    assert.ok(aaaa.kind === 'found')
    assert.deepEqual(aaaa.records, ['2001:db8::1'])
    assert.equal(aaaa.ttlSeconds, 120)
    const mx = await dns.mx('example.org')
    assert.ok(mx.kind === 'found')
    assert.deepEqual(
      [...mx.records].sort((one, other) => one.preference - other.preference),
      [
        { preference: 10, exchange: 'mx1.example.org' },
        { preference: 20, exchange: 'mx2.example.org' },
      ],
    )
    const ns = await dns.ns('example.org')
    assert.ok(ns.kind === 'found')
    assert.deepEqual(ns.records, ['ns1.example.org'])
    const txt = await dns.txt('example.org')
    assert.ok(txt.kind === 'found')
    assert.deepEqual(txt.records, ['v=spf1 ip4:192.0.2.0/24 -all'])
    const cname = await dns.cname('www.example.org')
    assert.ok(cname.kind === 'found')
    assert.deepEqual(cname.records, ['example.org'])
  })

  test('an alias is followed to what was asked for', async () => {
    await using opened = await open(zone)
    const mx = await opened.resolver.mx('www.example.org')
    assert.ok(mx.kind === 'found')
    assert.equal(mx.records.length, 2)
    assert.equal((await opened.resolver.a('dangling.example.org')).kind, 'nxdomain')
  })

  test('reverse names are domains in lower case, and what is no domain is none', async () => {
    await using opened = await open(zone)
    for (const ip of ['192.0.2.1', '2001:db8::1']) {
      const ptr = await opened.resolver.ptr(ip)
      assert.ok(ptr.kind === 'found', ip)
      assert.deepEqual(ptr.records, ['mail.example.org'])
    }
    assert.equal((await opened.resolver.ptr('192.0.2.9')).kind, 'nodata')
    assert.equal((await opened.resolver.ptr('192.0.2.77')).kind, 'nxdomain')
    assert.equal((await opened.resolver.ptr('no address')).kind, 'nxdomain')
  })

  test('the null MX has an empty exchange', async () => {
    await using opened = await open(zone)
    const mx = await opened.resolver.mx('null.example.org')
    assert.ok(mx.kind === 'found')
    assert.deepEqual(mx.records, [{ preference: 0, exchange: '' }])
  })

  test('no such name, no such record, and names that cannot be, are told apart from trouble', async () => {
    await using opened = await open(zone)
    const dns = opened.resolver
    const table: readonly (readonly [string, string])[] = [
      ['nowhere.example.org', 'nxdomain'],
      ['only.text.example.org', 'nodata'],
      ['text.example.org', 'nodata'],
      ['', 'nxdomain'],
      ['.', 'nxdomain'],
      ['broken.example.org', 'tempfail'],
      ['silent.example.org', 'tempfail'],
      ['liar.example.org', 'tempfail'],
    ]
    for (const [name, kind] of table) assert.equal((await dns.a(name)).kind, kind, name)
  })

  test('a call that was called off is a tempfail', async () => {
    await using opened = await open(zone)
    assert.equal((await opened.resolver.a('silent.example.org', AbortSignal.abort())).kind, 'tempfail')
  })
}
