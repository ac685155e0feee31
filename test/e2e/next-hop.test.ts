// SPDX-License-Identifier: Apache-2.0
/** In front of an existing MX: what it answers is what the client hears, and what it gets is what was sent. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { sendAll } from '../support/account-for-all.ts'
import { aGateway } from '../support/gateway.ts'
import { aSink, type SinkScript } from '../support/sink.ts'

const body = 'From: a@example.net\r\nSubject: hello\r\nDate: Sat, 21 Nov 2026 18:00:00 +0000\r\n\r\n.dot\r\nend\r\n'
const message = Buffer.from(`${body.replace(/^\./gm, '..')}.\r\n`)

async function through(deliver: (port: number) => string, script: SinkScript, more = 'mode = "inline"') {
  await using opened = new AsyncDisposableStack()
  const sink = opened.use(await aSink(script))
  const gateway = opened.use(
    await aGateway({
      config: `[domains."front.example"]\ndeliver = "${deliver(sink.port)}"\nrecipients = "any"\n${more}\n`,
    }),
  )
  const send = async () =>
    (await sendAll([message], { port: gateway.ports.mx, connections: 1, recipient: 'user@front.example' }))[0]
  const both = opened.move()
  return { sink, send, [Symbol.asyncDispose]: () => both.disposeAsync() }
}

const smtp = (port: number) => `smtp://127.0.0.1:${port}`
const lmtp = (port: number) => `lmtp://127.0.0.1:${port}`

describe('in-line mode', () => {
  for (const [name, route, script] of [
    ['SMTP', smtp, {}],
    ['LMTP', lmtp, { lmtp: true }],
  ] as const) {
    it(`hands the message on over ${name} before it answers, byte for byte below our own fields`, async () => {
      await using front = await through(route, script)
      assert.equal(await front.send(), 250)
      assert.equal(front.sink.messages.length, 1)
      const [taken] = front.sink.messages
      assert.match(taken?.rcpt[0] ?? '', /<user@front\.example>/)
      const bytes = taken?.bytes.toString('latin1') ?? ''
      assert.ok(bytes.endsWith(`X-Number: 0\r\n${body}`), bytes)
      assert.match(bytes, /^Authentication-Results: /m)
    })
  }

  for (const [code, what] of [
    [550, 'a refusal'],
    [452, 'a "later"'],
  ] as const) {
    it(`passes on ${what} of the next hop`, async () => {
      const answer: SinkScript['answer'] = (step) => (step === 'END' ? `${code} 5.2.2 mailbox full` : undefined)
      await using front = await through(smtp, { answer })
      assert.equal(await front.send(), code)
      assert.equal(front.sink.messages.length, 0)
    })
  }

  it('answers 4xx when the next hop is away', async () => {
    await using front = await through(() => 'smtp://127.0.0.1:1', {})
    const code = await front.send()
    assert.ok(code !== undefined && code >= 400 && code < 500, String(code))
  })
})

describe('queue mode', () => {
  it('answers 250 although the next hop says "later", and delivers once it takes mail', async () => {
    let refusals = 0
    const answer: SinkScript['answer'] = (step) => (step === 'RCPT' && refusals++ < 2 ? '451 4.3.0 not now' : undefined)
    const more = 'mode = "queue"\n[queue]\nminimal_backoff = "100ms"\nmaximal_backoff = "200ms"'
    await using front = await through(smtp, { answer }, more)
    assert.equal(await front.send(), 250)
    for (const end = Date.now() + 10_000; front.sink.messages.length === 0 && Date.now() < end; ) await wait(20)
    assert.equal(front.sink.messages.length, 1)
    assert.ok(front.sink.messages[0]?.bytes.toString('latin1').endsWith(body))
  })
})
