// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Route } from '../../../src/core/delivery.ts'
import { aJob, impatient, localRoute, someCouriers, summary } from '../../support/couriers.ts'
import { address, aRecipient, HandClock, tempFolder } from '../../support/custody.ts'
import { aSink } from '../../support/sink.ts'

const never = new AbortController().signal
const text = 'Subject: x\r\n\r\nhello\r\n'

describe('mail to an MX', () => {
  const world = {
    mx: {
      'example.org': [
        { preference: 1, exchange: 'one' },
        { preference: 2, exchange: 'two' },
      ],
    },
    a: { one: ['127.0.0.1'], two: ['127.0.0.1'] },
  }

  it('goes on to the next exchange for those who were deferred, and for nobody else', async () => {
    const refusals: Readonly<Record<string, string>> = { b: '450 4.2.0 busy', c: '550 5.1.1 no' }
    await using sink = await aSink({
      answer: (step, line, connection) =>
        step === 'RCPT' && connection === 1 ? refusals[line.slice('RCPT TO:<'.length)[0] ?? ''] : undefined,
    })
    await using couriers = someCouriers({ zone: world })
    const recipients = ['a', 'b', 'c'].map((name) => aRecipient(`${name}@example.org`))
    const job = await aJob(text, { recipients })
    const said = summary(job, await couriers.deliver(job, localRoute('mx', sink.port, 'example.org'), never))
    assert.deepEqual(said, ['delivered 250 2.0.0', 'delivered 250 2.0.0', 'bounced 550 5.1.1'])
    assert.deepEqual(
      sink.messages.map(({ rcpt }) => rcpt),
      [['RCPT TO:<a@example.org>'], ['RCPT TO:<b@example.org>']],
    )
  })

  it('keeps what the first exchange said when the next one says nothing', async () => {
    await using sink = await aSink({
      answer: (step, _line, n) => (n > 1 ? 'close' : step === 'RCPT' ? '450 4.2.0 busy' : undefined),
    })
    await using couriers = someCouriers({ zone: world })
    const job = await aJob(text)
    const said = summary(job, await couriers.deliver(job, localRoute('mx', sink.port, 'example.org'), never))
    assert.deepEqual(said, ['deferred 450 4.2.0'])
  })

  it('is not given to another host once the first may have taken it', async () => {
    await using sink = await aSink({ answer: (step) => (step === 'END' ? 'close' : undefined) })
    await using couriers = someCouriers({ zone: world })
    const job = await aJob(text)
    const said = summary(job, await couriers.deliver(job, localRoute('mx', sink.port, 'example.org'), never))
    assert.deepEqual(said, ['deferred 451 4.4.2'])
    assert.equal(sink.connections(), 1)
  })
})

describe('mail to a Unix socket', () => {
  it('is handed over by LMTP, and deferred when nobody listens there', async () => {
    await using folder = await tempFolder()
    await using sink = await aSink({ lmtp: true })
    await using couriers = someCouriers()
    const path = join(folder.path, 'lmtp')
    const server = createServer((socket) => socket.pipe(connect(sink.port, '127.0.0.1')).pipe(socket))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const route: Route = { kind: 'lmtp', host: path, port: 0, url: `lmtp://${path}` }
    const job = await aJob(text)
    assert.deepEqual(summary(job, await couriers.deliver(job, route, never)), ['delivered 250 2.0.0'])
    const nowhere = { ...route, host: join(folder.path, 'none'), url: 'lmtp://none' }
    assert.deepEqual(summary(job, await couriers.deliver(job, nowhere, never)), ['deferred 451 4.4.1'])
    sink.hangUp()
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('mail to our own mailboxes', () => {
  const maildir: Route = { kind: 'maildir' }

  it('is put there once for each account, with Return-Path and Delivered-To', async () => {
    const put: string[] = []
    await using couriers = someCouriers({
      accountFor: async ({ localPart }) => (localPart === 'x' ? null : localPart === 'b' ? 'b' : 'a'),
      shelf: {
        deliver: async (account, folder, bytes, { prefix }) => {
          const body = bytes instanceof Uint8Array ? bytes : Buffer.concat(await Array.fromAsync(bytes))
          put.push(`${account} ${folder} ${Buffer.from(prefix ?? []).toString()}${Buffer.from(body).toString()}`)
        },
      },
    })
    const recipients = ['a', 'alias', 'b', 'x'].map((name) => aRecipient(`${name}@example.org`))
    const job = await aJob(text, { recipients })
    assert.deepEqual(summary(job, await couriers.deliver(job, maildir, never)), [
      ...Array(3).fill('delivered 250 2.1.5'),
      'bounced 550 5.1.1',
    ])
    assert.deepEqual(put, [
      `a INBOX Return-Path: <sender@example.net>\r\nDelivered-To: a@example.org\r\n${text}`,
      `b INBOX Return-Path: <sender@example.net>\r\nDelivered-To: b@example.org\r\n${text}`,
    ])
  })

  it('is deferred when the disk is full or the directory of accounts fails', async () => {
    for (const [trouble, said] of [
      ['ENOSPC', '452 4.3.1'],
      ['EIO', '451 4.3.0'],
    ] as const) {
      await using couriers = someCouriers({
        accountFor: async () => 'a',
        shelf: { deliver: () => Promise.reject(Object.assign(new Error(trouble), { code: trouble })) },
      })
      const job = await aJob(text)
      assert.deepEqual(summary(job, await couriers.deliver(job, maildir, never)), [`deferred ${said}`])
    }
  })
})

describe('verifyRecipient', () => {
  it('asks the next hop without sending a message, and remembers the answer for its time', async () => {
    const clock = new HandClock()
    await using sink = await aSink({
      answer: (step, line) => (step === 'RCPT' && line.includes('no@') ? '550 5.1.1 unknown' : undefined),
    })
    await using couriers = someCouriers({ clock, positiveMs: 1_000, negativeMs: 100 })
    const ask = async (who: string) =>
      (await couriers.verifyRecipient(localRoute('smtp', sink.port), null, address(who), never)).kind
    assert.equal(await ask('yes@example.org'), 'exists')
    assert.equal(await ask('no@example.org'), 'unknown')
    assert.deepEqual(
      sink.commands.filter((line) => /^(MAIL|RCPT|RSET|DATA)/.test(line)),
      ['MAIL FROM:<>', 'RCPT TO:<yes@example.org>', 'RSET', 'MAIL FROM:<>', 'RCPT TO:<no@example.org>', 'RSET'],
    )
    const asked = () => sink.commands.filter((line) => line.startsWith('RCPT')).length
    await Promise.all([ask('yes@example.org'), ask('YES@example.org'), ask('no@example.org')])
    assert.equal(asked(), 2)
    clock.advance(100)
    await ask('yes@example.org')
    await ask('no@example.org')
    assert.equal(asked(), 3)
    assert.equal(sink.connections(), 1)
  })

  it('asks once for many who want to know at the same time', async () => {
    await using sink = await aSink()
    await using couriers = someCouriers()
    await Promise.all(
      Array.from({ length: 10 }, () =>
        couriers.verifyRecipient(localRoute('smtp', sink.port), null, address('u@example.org'), never),
      ),
    )
    assert.equal(sink.commands.filter((line) => line.startsWith('RCPT')).length, 1)
  })

  for (const [why, step, answer] of [
    ['it defers', 'RCPT', '450 4.2.0 greylisted'],
    ['it refuses the reverse-path', 'MAIL', '550 5.1.8 no bounces here'],
    ['it hangs', 'RCPT', 'hang'],
    ['it hangs up', 'MAIL', 'close'],
    ['it is not itself', 'CONNECT', '554 5.3.2 no service'],
  ] as const) {
    it(`does not know when ${why}, and asks again`, async () => {
      await using sink = await aSink({ answer: (at) => (at === step ? answer : undefined) })
      await using couriers = someCouriers(step === 'RCPT' ? impatient : {})
      const route = localRoute('smtp', sink.port)
      const kind = async () => (await couriers.verifyRecipient(route, null, address('u@example.org'), never)).kind
      assert.equal(await kind(), 'tempfail')
      const before = sink.commands.length + sink.connections()
      assert.equal(await kind(), 'tempfail')
      assert.ok(sink.commands.length + sink.connections() > before)
    })
  }

  it('knows our own accounts', async () => {
    await using couriers = someCouriers({ accountFor: async ({ localPart }) => (localPart === 'a' ? 'a' : null) })
    const kind = async (who: string) =>
      (await couriers.verifyRecipient({ kind: 'maildir' }, null, address(who), never)).kind
    assert.deepEqual([await kind('a@example.org'), await kind('b@example.org')], ['exists', 'unknown'])
  })
})
