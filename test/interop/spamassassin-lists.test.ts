// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasSpamAssassin } from './spamassassin.ts'
import { compareLists, madeUp, meant, stock } from './spamassassin-lists.ts'

interface Letter {
  /** Relays, from the last to the first: address and name given with HELO. */
  readonly hops: readonly (readonly [ip: string, helo: string])[]
  readonly from?: string
  readonly sender?: string
  readonly fields?: string
  readonly type?: string
  readonly body?: string
}

const gateway: readonly [string, string] = ['203.0.113.2', 'gate.our.org']

function write({
  hops,
  from = 'a@fine.org',
  sender = 'b@fine.org',
  fields = '',
  type = 'text/plain',
  body = 'nothing',
}: Letter): string {
  const received = hops.map(
    ([ip, helo], i) =>
      `Received: from ${helo} (unknown [${ip}])\n\tby ${i === 0 ? 'mx.our.org' : (hops[i - 1]?.[1] ?? '')} (Postfix) with ESMTP id ${i}ABCDEF\n\tfor <x@our.org>; Sat, 21 Nov 2026 18:00:00 +0000\n`,
  )
  return `Return-Path: <${sender}>\n${received.join('')}From: ${from}\nTo: x@our.org\nSubject: test\nDate: Sat, 21 Nov 2026 18:00:00 +0000\nMessage-ID: <1@fine.org>\n${fields}Content-Type: ${type}\n\n${body}\n`
}

const relays = [
  '198.51.100.10',
  '198.51.100.11',
  '198.51.100.12',
  '198.51.100.13',
  '198.51.100.20',
  '10.0.0.1',
  '2001:db8::1',
]
const links = [
  'http://evil.com/x',
  'http://www.evil.com/ http://both.com/',
  'http://www.deep.co.uk/a https://masked.com/',
  'http://198.51.100.30/login',
  'http://hosted.net/ http://harmless.com/',
  'http://served.net/ http://10.0.0.1/',
  'http://served2.net/',
  'write to x@evil.com or mailto:y@both.com',
  'http://new.com/ http://older.com/',
]
const authors = [
  'a@mail.badsender.com',
  'a@badsender.com',
  'a@sub.worse.co.uk',
  'a@new.com',
  'a@older.com',
  'a@open.com',
]

const coin = '1BoatSLRHtKNngkdXEeobr76b53LETtpyT'
const parts = ['small\n', 'a rather large file\r\n', 'unknown']
  .map((text) => `--b\nContent-Type: application/x-a\nContent-Transfer-Encoding: base64\n\n${btoa(text)}\n`)
  .map((part, i) => (i === 1 ? part.replace('x-a', 'pdf; name="One.pdf"') : part))
const texts = [
  'write to One@evil.com or tagged+tag@evil.com',
  'ask ignored@evil.com, abuse@evil.com or me@our.org',
  '<quoted@evil.com> and then quoted@evil.com wrote: this',
  'Case@Evil.com',
  'free@googlemail.com and free@hotmail.com',
  'skipped@harmless.com and nobody@mail.worse.co.uk',
  'd.o.t.t.e.d@fine.org',
  'see http://Evil.com/Path',
  'see http://harmless.com/',
  `pay to ${coin} now`,
  `see ?to=${coin}`,
  'call +49 12-345 or +49 1',
  // With the author and the sender ten: of more, SpamAssassin asks about any ten (max=10), others each time.
  Array.from({ length: 7 }, (_, i) => `n${i}@fine.org`)
    .join(' and ')
    .concat(' one@evil.com'),
]
const names = ['service@bank.com', "'service@bank.com'", 'Bank (info@sub.bank.com)', 'me@our.org', 'one@evil.com']
const hop: Letter['hops'] = [['192.0.2.5', 'mx.listed.net']]

/** What lists of hashes are asked about. */
const hashable: Letter[] = [
  ...texts.map((body): Letter => ({ hops: hop, body })),
  { hops: hop, from: 'One@Evil.com', fields: 'Reply-To: two@evil.com\n' },
  { hops: hop, from: 'two@evil.com', sender: 'one@evil.com' },
  { hops: [['198.51.100.10', 'mx.helo.net']], fields: 'X-Some-ID: 12345678901\nReply-To: x@mail.worse.co.uk\n' },
  { hops: hop, fields: 'X-Some-ID: x12345678901\nDelivered-To: one@evil.com\n', body: 'one@evil.com' },
  {
    hops: hop,
    type: 'text/html',
    body: '<p data-id="Xy7"><a href="mailto:linked@evil.com?subject=x">write</a> <a href="http://evil.com/path">see</a>',
  },
  { hops: hop, type: 'text/html', body: `<p data-id="xy7">${coin}` },
  ...parts.map(
    (_, i): Letter => ({
      hops: hop,
      fields: 'MIME-Version: 1.0\n',
      type: 'multipart/mixed; boundary=b',
      body: `${parts.slice(i).join('')}--b--`,
    }),
  ),
  ...names.flatMap((name): Letter[] => [
    { hops: hop, from: `"${name}" <x@evil.com>` },
    { hops: hop, from: `"${name}" <x@bank.net>`, fields: 'Reply-To: service@bank.com\nCc: me@our.org\n' },
  ]),
  { hops: hop, from: `"service@bank.com ${'and more '.repeat(8)}" <x@evil.com>` },
]

const letters: Letter[] = [
  ...hashable,
  ...relays.map((ip): Letter => ({ hops: [[ip, 'pc.helo.net']] })),
  ...relays.map((ip): Letter => ({ hops: [gateway, [ip, 'helo.listed.net']] })),
  ...relays.flatMap((ip, i): Letter[] => [
    {
      hops: [
        ['192.0.2.5', 'middle.fine.org'],
        [ip, 'pc'],
      ],
    },
    {
      hops: [
        [ip, 'middle.fine.org'],
        [relays[(i + 1) % relays.length] ?? ip, 'pc'],
        ['198.51.100.20', 'home'],
      ],
    },
  ]),
  ...authors.flatMap((one): Letter[] => [
    { hops: [['192.0.2.5', 'mx']], from: one },
    { hops: [['192.0.2.5', 'mx']], sender: one },
    { hops: [['192.0.2.5', 'mx']], fields: `Reply-To: ${one}\n` },
  ]),
  ...links.map((body): Letter => ({ hops: [['192.0.2.5', 'mx.fine.org']], body })),
  { hops: [['198.51.100.10', 'mx']], from: authors[0] ?? '', body: links.join('\n') },
  { hops: [] },
]

describe('rules that ask DNS lists, in SpamAssassin and here', {
  skip: hasSpamAssassin() ? false : 'SpamAssassin is not installed',
}, () => {
  it('hit the same messages, but for what is meant to differ', async () => {
    const { both, differing } = await compareLists(madeUp, letters.map(write))
    const unexplained = differing.filter(({ rule }) => !meant.has(rule))
    assert.deepEqual(
      unexplained.map(
        ({ message, rule, by }) => `${rule}: ${by} alone on ${message}\n${write(letters[message] as Letter)}`,
      ),
      [],
    )
    assert.ok(new Set(both).size > 50, `${[...new Set(both)].join(' ')}`)
    assert.ok(both.length > 400, `${both.length}`)
  })

  it('of the stock set do so too, about lists as they answer', async () => {
    // Half of them: reading the stock set takes SpamAssassin many seconds.
    const some = letters.filter((_, i) => i % 2 === 0)
    const { both, differing } = await compareLists(stock, some.map(write))
    assert.deepEqual(
      differing
        .filter(({ rule }) => !meant.has(rule))
        .map(({ message, rule, by }) => `${rule}: ${by} alone on ${message}\n${write(some[message] as Letter)}`),
      [],
    )
    assert.ok(new Set(both).size > 10, `${[...new Set(both)].join(' ')}`)
  })
})
