// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Envelope } from '../../../src/core/envelope.ts'
import { TlsPolicies } from '../../../src/delivery/tls-policy.ts'
import { makeCertificate, readCertificate } from '../../../src/service/certificate.ts'
import { aJob, impatient, localRoute, someCouriers, summary } from '../../support/couriers.ts'
import { aRecipient, tempFolder, until } from '../../support/custody.ts'
import { aSink, type SinkScript } from '../../support/sink.ts'

const never = new AbortController().signal
const text = 'Subject: x\r\n\r\nhello\r\n'

async function send(
  script: SinkScript,
  bytes: Uint8Array | string = text,
  envelope: Partial<Envelope> = {},
  patience: Partial<typeof impatient> = {},
) {
  await using sink = await aSink(script)
  await using couriers = someCouriers(patience)
  const job = await aJob(bytes, envelope)
  const outcomes = await couriers.deliver(job, localRoute(script.lmtp ? 'lmtp' : 'smtp', sink.port), never)
  return { sink, outcomes, job, said: summary(job, outcomes) }
}

describe('bytes on the way', () => {
  const messages: readonly (readonly [what: string, bytes: Buffer])[] = [
    ['dots at the start of lines', Buffer.from('.\r\n..\r\n...\r\n.a\r\n\r\n.\r\n')],
    ['a lone dot as the last line', Buffer.from('A: b\r\n\r\n.\r\n')],
    ['lines longer than any limit', Buffer.from(`A: ${'x'.repeat(5_000)}\r\n\r\n${'.'.repeat(3_000)}\r\n`)],
    [
      'all 8-bit bytes',
      Buffer.from([...Array.from({ length: 256 }, (_, i) => i).filter((i) => i !== 10 && i !== 13), 13, 10]),
    ],
    ['a header alone', Buffer.from('A: b\r\n')],
    ['a megabyte', Buffer.from(`${'.y'.repeat(38)}\r\n`.repeat(13_500))],
  ]
  for (const [what, bytes] of messages) {
    it(`passes ${what} unchanged`, async () => {
      const { sink, said } = await send({}, bytes)
      assert.deepEqual(said, ['delivered 250 2.0.0'])
      assert.ok(sink.messages[0]?.bytes.equals(bytes), 'bytes differ')
    })
  }
})

describe('one answer for each recipient', () => {
  const three = { recipients: ['a', 'b', 'c'].map((name) => aRecipient(`${name}@example.org`)) }
  const table: readonly (readonly [title: string, script: SinkScript, said: readonly string[]])[] = [
    [
      'refuses some recipients',
      {
        answer: (step, line) =>
          step === 'RCPT' && line.includes('b@') ? '550-5.1.1 no\r\n550 5.1.1 such user' : undefined,
      },
      ['delivered 250 2.0.0', 'bounced 550 5.1.1', 'delivered 250 2.0.0'],
    ],
    [
      'refuses all recipients, differently',
      {
        answer: (step, line) =>
          step === 'RCPT' ? (line.includes('a@') ? '450 4.2.1 later' : '550 5.1.1 no') : undefined,
      },
      ['deferred 450 4.2.1', 'bounced 550 5.1.1', 'bounced 550 5.1.1'],
    ],
    [
      'has too many recipients, which 552 used to mean',
      { answer: (step, line) => (step === 'RCPT' && line.includes('c@') ? '552 too many' : undefined) },
      ['delivered 250 2.0.0', 'delivered 250 2.0.0', 'deferred 452 4.5.3'],
    ],
    [
      'refuses the sender',
      { answer: (step) => (step === 'MAIL' ? '553 5.1.8 bad sender' : undefined) },
      Array(3).fill('bounced 553 5.1.8'),
    ],
    [
      'refuses DATA',
      { answer: (step) => (step === 'DATA' ? '451 4.3.0 not now' : undefined) },
      Array(3).fill('deferred 451 4.3.0'),
    ],
    [
      'refuses the message',
      { answer: (step) => (step === 'END' ? '554 5.7.1 spam' : undefined) },
      Array(3).fill('bounced 554 5.7.1'),
    ],
    [
      'defers the message',
      { answer: (step) => (step === 'END' ? '452 4.3.1 disk full' : undefined) },
      Array(3).fill('deferred 452 4.3.1'),
    ],
    [
      'states a status that contradicts its code',
      { answer: (step) => (step === 'END' ? '550 2.0.0 odd' : undefined) },
      Array(3).fill('bounced 550 5.0.0'),
    ],
    [
      'answers nonsense',
      { answer: (step) => (step === 'END' ? 'hello there' : undefined) },
      Array(3).fill('deferred 451 4.5.0'),
    ],
    [
      'answers LMTP for each recipient',
      {
        lmtp: true,
        answer: (step, line) =>
          step === 'END' && line.includes('b@')
            ? '552 5.2.2 over quota'
            : step === 'END'
              ? `250 2.0.0 ${line}`
              : undefined,
      },
      ['delivered 250 2.0.0', 'bounced 552 5.2.2', 'delivered 250 2.0.0'],
    ],
    [
      'answers LMTP only for the recipients it took',
      {
        lmtp: true,
        answer: (step, line) =>
          step === 'RCPT' && line.includes('a@')
            ? '550 5.1.1 no'
            : step === 'END' && line.includes('c@')
              ? '451 4.2.0 busy'
              : undefined,
      },
      ['bounced 550 5.1.1', 'delivered 250 2.0.0', 'deferred 451 4.2.0'],
    ],
    [
      'closes between two LMTP answers',
      { lmtp: true, answer: (step, line) => (step === 'END' && line.includes('b@') ? 'close' : undefined) },
      ['delivered 250 2.0.0', 'deferred 451 4.4.2', 'deferred 451 4.4.2'],
    ],
  ]
  for (const [title, script, said] of table) {
    it(`when the peer ${title}`, async () => assert.deepEqual((await send(script, text, three)).said, said))
    it(`without PIPELINING, when the peer ${title}`, async () =>
      assert.deepEqual((await send({ ...script, offers: ['8BITMIME'] }, text, three)).said, said))
  }
})

describe('peers that hang, hang up and change their mind', () => {
  for (const step of ['CONNECT', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'END'] as const) {
    const reached = step === 'CONNECT' || step === 'EHLO' ? '4.4.1' : '4.4.2'
    for (const how of ['hang', 'close'] as const) {
      it(`defers when the peer ${how}s at ${step}`, async () => {
        const { said } = await send({ answer: (at) => (at === step ? how : undefined) }, text, {}, impatient)
        assert.deepEqual(said, [`deferred 451 ${reached}`])
      })
    }
    it(`defers on 421 at ${step}`, async () => {
      const { said } = await send({ answer: (at) => (at === step ? '421 4.3.2 going down' : undefined) })
      assert.match(said[0] ?? '', /^deferred (421|451) 4\.3\.2$/)
    })
  }

  const large = `${'z'.repeat(70)}\r\n`.repeat(60_000)
  it('defers when the peer closes in the middle of a message', async () => {
    assert.deepEqual((await send({ midData: () => 'close' }, large)).said, ['deferred 451 4.4.2'])
  })

  it('believes a refusal in the middle of a message, and never uses that connection again', async () => {
    const { said } = await send({ midData: (n) => (n > 10_000 ? '552 5.3.4 too large' : undefined) }, large)
    assert.deepEqual(said, ['bounced 552 5.3.4'])
  })

  it('falls back to HELO for a peer that knows no EHLO', async () => {
    const { said, sink } = await send({ answer: (step) => (step === 'EHLO' ? '502 5.5.1 what?' : undefined) })
    assert.deepEqual(said, ['delivered 250 2.0.0'])
    assert.ok(sink.commands.includes('HELO gw.example.org'))
  })

  it('defers when nobody listens', async () => {
    const sink = await aSink()
    await sink[Symbol.asyncDispose]()
    await using couriers = someCouriers()
    const job = await aJob(text)
    assert.deepEqual(summary(job, await couriers.deliver(job, localRoute('smtp', sink.port), never)), [
      'deferred 451 4.4.1',
    ])
  })

  it('gives up when told to', async () => {
    await using sink = await aSink({ answer: (step) => (step === 'END' ? 'hang' : undefined) })
    await using couriers = someCouriers()
    const enough = new AbortController()
    const job = await aJob(text)
    const sending = couriers.deliver(job, localRoute('smtp', sink.port), enough.signal)
    await until(() => sink.commands.includes('DATA'))
    enough.abort()
    assert.deepEqual(summary(job, await sending), ['deferred 451 4.4.2'])
  })
})

describe('what a peer offers', () => {
  it('sends the null reverse-path and the size', async () => {
    const { sink } = await send({}, text, { reversePath: null })
    assert.equal(sink.messages[0]?.mail, `MAIL FROM:<> BODY=8BITMIME SIZE=${text.length}`)
  })

  it('bounces what the peer says it cannot take', async () => {
    assert.deepEqual((await send({ offers: ['SIZE 10'] })).said, ['bounced 552 5.3.4'])
    const german = { recipients: [aRecipient('grüße@example.org'), aRecipient('b@example.org')] }
    assert.deepEqual((await send({ offers: [] }, text, german)).said, ['bounced 553 5.6.7', 'delivered 250 2.0.0'])
    assert.deepEqual((await send({}, text, german)).said, Array(2).fill('delivered 250 2.0.0'))
    const odd = { recipients: [aRecipient('"a>b"@example.org'), aRecipient('b@example.org')] }
    assert.deepEqual((await send({}, text, odd)).said, ['bounced 553 5.1.3', 'delivered 250 2.0.0'])
  })
})

describe('TLS', async () => {
  await using folder = await tempFolder()
  const files = { key: join(folder.path, 'key.pem'), certificate: join(folder.path, 'certificate.pem') }
  await makeCertificate(files, 'sink', Date.now())
  const tls = readCertificate(files)

  it('is used where offered, whoever signed the certificate', async () => {
    const { sink, said } = await send(tls)
    assert.deepEqual(said, ['delivered 250 2.0.0'])
    assert.equal(sink.messages[0]?.secure, true)
  })

  it('is done without where it is optional and the peer refuses or fails it', async () => {
    const refuses = await send({ ...tls, answer: (step) => (step === 'STARTTLS' ? '454 4.7.0 not now' : undefined) })
    assert.deepEqual(refuses.said, ['delivered 250 2.0.0'])
    const fails = await send({
      ...tls,
      answer: (step, _line, n) => (step === 'STARTTLS' && n === 1 ? 'close' : undefined),
    })
    assert.deepEqual(fails.said, ['delivered 250 2.0.0'])
    assert.equal(fails.sink.messages[0]?.secure, false)
  })

  it('defers where it is demanded and not to be had, or not to be trusted', async () => {
    for (const [script, fallback] of [
      [{}, 'encrypt'],
      [tls, 'verify'],
    ] as const) {
      await using sink = await aSink(script)
      await using couriers = someCouriers({
        tls: new TlsPolicies({ table: new Map(), fallback, domains: [], hosts: [] }),
      })
      const job = await aJob(text)
      const said = summary(job, await couriers.deliver(job, localRoute('smtp', sink.port), never))
      assert.match(said[0] ?? '', /^deferred/)
      assert.equal(sink.messages.length, 0)
    }
  })
})

describe('kept connections', () => {
  it('carry several messages, and are replaced when the peer has closed them', async () => {
    await using sink = await aSink()
    await using couriers = someCouriers()
    const job = await aJob(text)
    const go = async () => summary(job, await couriers.deliver(job, localRoute('smtp', sink.port), never))
    for (let i = 0; i < 3; i++) assert.deepEqual(await go(), ['delivered 250 2.0.0'])
    assert.equal(sink.connections(), 1)
    sink.hangUp()
    assert.deepEqual(await go(), ['delivered 250 2.0.0'])
    assert.equal(sink.connections(), 2)
    assert.equal(sink.messages.length, 4)
  })

  it('are used again after a refused recipient, which leaves no transaction behind', async () => {
    await using sink = await aSink({
      answer: (step, line) => (step === 'RCPT' && line.includes('bad') ? '550 5.1.1 no' : undefined),
    })
    await using couriers = someCouriers()
    const bad = await aJob(text, { recipients: [aRecipient('bad@example.org')] })
    const fine = await aJob(text)
    assert.deepEqual(summary(bad, await couriers.deliver(bad, localRoute('smtp', sink.port), never)), [
      'bounced 550 5.1.1',
    ])
    assert.deepEqual(summary(fine, await couriers.deliver(fine, localRoute('smtp', sink.port), never)), [
      'delivered 250 2.0.0',
    ])
    assert.equal(sink.connections(), 1)
  })

  it('that end with 421 before anything was said cost nothing but a new one', async () => {
    await using sink = await aSink({
      answer: (step, _line, n) =>
        step === 'MAIL' && n === 1 && sink.messages.length === 1 ? '421 4.4.2 idle' : undefined,
    })
    await using couriers = someCouriers()
    const job = await aJob(text)
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(summary(job, await couriers.deliver(job, localRoute('smtp', sink.port), never)), [
        'delivered 250 2.0.0',
      ])
    }
    assert.equal(sink.connections(), 2)
  })
})
