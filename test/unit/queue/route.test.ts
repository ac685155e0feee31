// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Route } from '../../../src/core/delivery.ts'
import { batchByRoute, parseRoute, type RouteTable, routeOf } from '../../../src/queue/route.ts'
import { address, aRecipient } from '../../support/custody.ts'

describe('parseRoute', () => {
  const table: readonly (readonly [text: string, url: string | null])[] = [
    ['maildir:', 'maildir:'],
    ['smtp://mx1.internal', 'smtp://mx1.internal:25'],
    ['smtp://MX1.Internal:2525', 'smtp://mx1.internal:2525'],
    ['smtp://[2001:db8::1]:26', 'smtp://[2001:db8::1]:26'],
    ['lmtp://192.0.2.1', 'lmtp://192.0.2.1:24'],
    ['lmtp:///run/dovecot/lmtp', 'lmtp:///run/dovecot/lmtp'],
    ['mx://example.org', 'mx://example.org:25'],
    ['smtp://host:0', null],
    ['smtp://host:70000', null],
    ['smtp://a b', null],
    ['smtp:host', null],
    ['uucp:cat', null],
    ['', null],
  ]
  for (const [text, url] of table) {
    it(`reads "${text}" as ${url ?? 'no route'}`, () => {
      const route = parseRoute(text)
      assert.equal(route === null ? null : route.kind === 'maildir' ? 'maildir:' : route.url, url)
    })
  }
})

const to = (text: string): Route => {
  const route = parseRoute(text)
  if (route === null) throw new Error(text)
  return route
}

describe('routeOf', () => {
  const table: RouteTable = {
    domains: new Map([
      ['example.org', to('maildir:')],
      ['.example.org', to('smtp://sub')],
      ['.b.example.org', to('smtp://deeper')],
    ]),
    relayhost: null,
    fallback: 'mx',
  }
  const urlOf = (rules: RouteTable, recipient: string) => {
    const answer = routeOf(rules, address(recipient))
    if (answer.kind === 'refuse') return answer.reply.enhanced
    return answer.route.kind === 'maildir' ? 'maildir:' : answer.route.url
  }
  const cases: readonly (readonly [recipient: string, url: string])[] = [
    ['u@example.org', 'maildir:'],
    ['u@a.example.org', 'smtp://sub:25'],
    ['u@a.b.example.org', 'smtp://deeper:25'],
    ['u@elsewhere.example', 'mx://elsewhere.example'],
    ['u@[192.0.2.1]', 'smtp://192.0.2.1:25'],
    ['u@[IPv6:2001:db8::1]', 'smtp://[2001:db8::1]:25'],
    ['postmaster', '5.4.4'],
  ]
  for (const [recipient, url] of cases)
    it(`sends ${recipient} to ${url}`, () => assert.equal(urlOf(table, recipient), url))

  it('prefers the relayhost to the MX, and refuses where neither is allowed', () => {
    assert.equal(urlOf({ ...table, relayhost: to('smtp://relay') }, 'u@x.example'), 'smtp://relay:25')
    assert.equal(urlOf({ ...table, fallback: 'refuse' }, 'u@x.example'), '5.4.4')
    assert.equal(urlOf({ ...table, domains: new Map([['*', to('lmtp://all')]]) }, 'u@x.example'), 'lmtp://all:24')
  })
})

describe('batchByRoute', () => {
  it('lets recipients of one destination travel together', () => {
    const [a, b, c] = [aRecipient('a@x.example'), aRecipient('b@x.example'), aRecipient('c@y.example')]
    const batches = batchByRoute([
      { route: to('smtp://x'), recipient: a },
      { route: to('smtp://y'), recipient: c },
      { route: to('smtp://x:25'), recipient: b },
    ])
    assert.deepEqual(
      batches.map((batch) => batch.recipients),
      [[a, b], [c]],
    )
  })
})
