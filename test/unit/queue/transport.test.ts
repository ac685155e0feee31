// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Failure } from '../../../src/core/failure.ts'
import { destinationOf } from '../../../src/core/stores.ts'
import { routeOf } from '../../../src/queue/route.ts'
import { parseTransport, transportOf } from '../../../src/queue/transport.ts'
import { keyedTable, parseInline } from '../../../src/tables/text-table.ts'
import { address } from '../../support/custody.ts'

describe('a route in the words of transport(5)', () => {
  for (const [text, url] of [
    ['smtp:[mx.example.org]', 'smtp://mx.example.org:25'],
    ['smtp:[mx.example.org]:2525', 'smtp://mx.example.org:2525'],
    ['relay:[192.0.2.1]', 'smtp://192.0.2.1:25'],
    ['smtp:[ipv6:2001:db8::1]:26', 'smtp://[2001:db8::1]:26'],
    ['smtp:other.example', 'mx://other.example:25'],
    ['smtp:', 'mx://to.example:25'],
    ['lmtp:inet:127.0.0.1:24', 'lmtp://127.0.0.1:24'],
    ['lmtp:unix:/run/lmtp', 'lmtp:///run/lmtp'],
    ['maildir:', 'maildir:'],
    ['smtp://mx.example.org:26', 'smtp://mx.example.org:26'],
    ['pipe:/bin/archive all', 'pipe:/bin/archive all'],
    ['smtp:[bad host]', null],
    ['uucp:host', null],
    ['pipe:', null],
  ] as const) {
    it(`"${text}" is ${url ?? 'no route'}`, () => {
      const route = parseTransport(text, 'to.example')
      assert.equal(route === null ? null : destinationOf(route), url)
    })
  }
})

describe('a table of routes', () => {
  const entries = parseInline(
    '{{u@exact.example = smtp:[user]}, {exact.example = smtp:[exact]}, {.parent.example = smtp:[parent]}, {bad.example = what}, {* = smtp:[star]}}',
    'test',
  )
  assert.ok(typeof entries !== 'string')
  const transport = transportOf([keyedTable('test', () => entries)], '+')
  const to = (text: string) => {
    const answer = routeOf({ transport, domains: new Map(), relayhost: null, fallback: 'mx' }, address(text))
    return answer.kind === 'route' ? destinationOf(answer.route) : 'refused'
  }

  it('goes by the address, its domain, the parents, and "*"', () => {
    assert.equal(to('u@exact.example'), 'smtp://user:25')
    assert.equal(to('u+x@exact.example'), 'smtp://user:25')
    assert.equal(to('v@exact.example'), 'smtp://exact:25')
    assert.equal(to('v@a.b.parent.example'), 'smtp://parent:25')
    assert.equal(to('v@parent.example'), 'smtp://star:25')
  })

  it('with an entry that is no route makes mail wait', () => {
    assert.throws(
      () => to('x@bad.example'),
      (error) => error instanceof Failure && error.temporary,
    )
  })
})
