// SPDX-License-Identifier: Apache-2.0
/** FILTER of access tables through a whole gateway: the message goes where it says, and nowhere else. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { SmtpClient } from '../../bench/smtp-client.ts'
import { aGateway } from '../support/gateway.ts'
import { aSink, type Sink } from '../support/sink.ts'

/** Two domains with a route of their own that nobody serves, one in-line, one queued; and one of our mailboxes. */
function config(recipients: string, more = ''): string {
  const domain = (name: string, mode: string) =>
    `[domains."${name}.example"]\ndeliver = "smtp://127.0.0.1:1"\nmode = "${mode}"\nrecipients = "any"\n`
  return `${domain('inline', 'inline')}${domain('queued', 'queue')}[restrictions]
relay = ["permit_mynetworks", "reject_unauth_destination"]
recipient = ["check_recipient_access inline:{${recipients}}"]
${more}`
}

/** The code of each reply after HELO. */
async function send(port: number, recipients: readonly string[]): Promise<number[]> {
  const client = new SmtpClient('127.0.0.1', port, 30_000)
  await client.reply()
  await client.ask('EHLO client.example.net\r\n')
  const say = [
    'MAIL FROM:<s@sender.example>',
    ...recipients.map((to) => `RCPT TO:<${to}>`),
    'DATA',
    'Subject: x\r\n\r\nx\r\n.',
  ]
  const codes: number[] = []
  for (const line of say) codes.push((await client.ask(`${line}\r\n`)).code)
  client.close()
  return codes
}

async function arrived({ messages }: Sink, count: number): Promise<readonly string[][]> {
  for (let i = 0; i < 200 && messages.length < count; i++) await wait(25)
  return messages.map(({ rcpt }) => rcpt.map((line) => /<(.*?)>/.exec(line)?.[1] ?? line).sort())
}

const accounts = [['demo@example.org', 'secret']] as const

describe('FILTER in an access table', () => {
  it('sends the whole message to the host it names, in-line and queued, by SMTP; the last one counts', async () => {
    await using sink = await aSink()
    const table = `{a@inline.example=FILTER smtp:[127.0.0.1]:1}, {b@queued.example=FILTER relay:[127.0.0.1]:${sink.port}}`
    await using gateway = await aGateway({ config: config(table), accounts })
    const to = ['a@inline.example', 'demo@example.org', 'b@queued.example']
    assert.deepEqual(await send(gateway.ports.mx, to), [250, 250, 250, 250, 354, 250])
    const all = (await arrived(sink, 2)).flat().sort()
    assert.deepEqual(all, ['a@inline.example', 'b@queued.example', 'demo@example.org'])
    assert.deepEqual(await gateway.messagesIn('demo@example.org', 'INBOX'), [])
  })

  it('speaks LMTP where it says so', async () => {
    await using sink = await aSink({ lmtp: true })
    const table = `{a@inline.example=FILTER lmtp:127.0.0.1:${sink.port}}`
    await using gateway = await aGateway({ config: config(table) })
    assert.deepEqual(await send(gateway.ports.mx, ['a@inline.example']), [250, 250, 354, 250])
    assert.deepEqual(await arrived(sink, 1), [['a@inline.example']])
  })

  it('is remembered for a message that is held', async () => {
    await using sink = await aSink()
    const table = `{a@queued.example=FILTER smtp:[127.0.0.1]:${sink.port}}`
    const hold = 'sender = ["check_sender_access static:HOLD"]\n'
    await using gateway = await aGateway({ config: config(table, hold) })
    assert.deepEqual(await send(gateway.ports.mx, ['a@queued.example']), [250, 250, 354, 250])
    const [entry] = await gateway.gateway.stores.quarantine.list(10)
    assert.ok(entry !== undefined)
    await gateway.gateway.custody.quarantine.release(entry.id)
    assert.deepEqual(await arrived(sink, 1), [['a@queued.example']])
  })

  for (const transport of ['spamfilter:dummy', 'pipe:cat', 'maildir:'])
    it(`defers the message and tells the operator where it names ${transport}`, async () => {
      const table = `{a@inline.example=FILTER ${transport}}`
      await using gateway = await aGateway({ config: config(table) })
      assert.deepEqual(await send(gateway.ports.mx, ['a@inline.example']), [250, 250, 354, 451])
      const told = gateway.log.filter((line) => line.includes(`FILTER ${transport}: this is no transport of ours`))
      assert.equal(told.length, 1)
    })
})
