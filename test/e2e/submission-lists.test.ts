// SPDX-License-Identifier: Apache-2.0
/** [submission.restrictions] through a whole gateway: they judge users who have logged in, and let nobody else in. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTransport } from 'nodemailer'
import { checkChains } from '../../src/app/chains.ts'
import { explainEnvelope } from '../../src/app/explain.ts'
import { printReply } from '../../src/core/reply.ts'
import { tempFolder } from '../support/custody.ts'
import { aGateway, type TestGateway, testConfig } from '../support/gateway.ts'
import { aSink } from '../support/sink.ts'

const us = 'demo@example.org'
const accounts = [
  [us, 'secret'],
  ['other@example.org', 'secret'],
] as const

const lists = `[submission.restrictions]
client = ["check_client_access static:{PREPEND X-Client: seen}"]
sender = ["check_sasl_access inline:{{other@example.org=REJECT on holiday}}"]
relay = ["check_recipient_access inline:{{far.example=REJECT not that far}}"]
recipient = ["check_recipient_access inline:{{held@far.example.net=HOLD}, {gone@example.net=DISCARD}, {x@example.net=REDIRECT demo@example.org}}"]
data = ["reject_multi_recipient_bounce"]
`

/** What the server said to the end of DATA, or the first refusal. */
async function send(gateway: TestGateway, user: string | null, to: string, from = user ?? us): Promise<string> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: gateway.ports.submission,
    tls: { rejectUnauthorized: false },
    ...(user === null ? {} : { auth: { user, pass: 'secret' } }),
  })
  try {
    const { response } = await transport.sendMail({ from, to, subject: 'tea', text: 'Tea at four?' })
    return response
  } catch (error) {
    return error instanceof Error && 'response' in error ? String(error.response) : String(error)
  } finally {
    transport.close()
  }
}

describe('the lists of submission listeners', () => {
  it('judge who has logged in, and their orders are obeyed', async () => {
    await using gateway = await aGateway({ config: lists, accounts })
    assert.match(await send(gateway, us, us), /^250/)
    assert.match(await send(gateway, us, 'x@example.net'), /^250/)
    const inbox = await gateway.messagesIn(us, 'INBOX')
    assert.deepEqual(
      inbox.map((text) => /^X-Client: seen\r$/m.test(text)),
      [true, true],
    )
    assert.equal(
      await send(gateway, 'other@example.org', us),
      '554 5.7.1 <other@example.org>: SASL login name rejected: on holiday',
    )
    assert.equal(
      await send(gateway, us, 'a@far.example'),
      '554 5.7.1 <a@far.example>: Recipient address rejected: not that far',
    )
    assert.match(await send(gateway, us, 'gone@example.net'), /^250 2\.0\.0 Ok: \w+$/)
    assert.match(await send(gateway, us, 'held@far.example.net'), /^250 2\.0\.0 Ok: held as/)
    assert.equal((await gateway.gateway.stores.quarantine.list(10)).length, 1)
    assert.equal((await gateway.gateway.stores.queue.list(10)).length, 0)
  })

  it('send mail through the host that a FILTER names', async () => {
    await using sink = await aSink()
    const filter = `[submission.restrictions]\nclient = ["check_client_access static:{FILTER smtp:[127.0.0.1]:${sink.port}}"]\n`
    await using gateway = await aGateway({ config: filter, accounts })
    assert.match(await send(gateway, us, 'other@example.org'), /^250/)
    assert.equal(sink.messages.length, 1)
    assert.deepEqual(await gateway.messagesIn('other@example.org', 'INBOX'), [])
  })

  it('never let in who has not logged in, whatever they permit', async () => {
    const open = '[submission.restrictions]\nclient = ["permit"]\nsender = ["permit"]\nrecipient = ["permit"]\n'
    await using gateway = await aGateway({ config: open, accounts })
    assert.match(await send(gateway, null, 'a@far.example'), /^530 5\.7\.0/)
    assert.match(await send(gateway, us, 'a@far.example', 'other@example.org'), /^553 5\.7\.1/)
  })

  it('are checked before the start: unknown words once, and a list that permits everybody', async () => {
    await using folder = await tempFolder()
    const wrong =
      '[restrictions.classes]\nc = ["reject_nonsense"]\n[submission.restrictions]\nrelay = ["permit"]\nsender = ["rejct", "c"]\n'
    const complaints = await checkChains(testConfig(folder.path, wrong))
    const told = complaints.map(({ text }) => text)
    assert.equal(told.filter((text) => text.includes('reject_nonsense')).length, 1, told.join('\n'))
    assert.equal(told.filter((text) => text.includes('rejct')).length, 1, told.join('\n'))
    assert.equal(told.filter((text) => text.includes('it permits everybody')).length, 1, told.join('\n'))
  })

  it('are what postern explain --sasl shows', async () => {
    await using gateway = await aGateway({ config: lists, accounts })
    const asked = { client: '127.0.0.9/laptop.example', helo: 'laptop.example', sender: us, recipient: us, sasl: us }
    const far = await explainEnvelope(gateway.loaded, { ...asked, recipient: 'a@far.example' })
    assert.match(printReply(far.reply), /^554 5\.7\.1 .*not that far/)
    const near = await explainEnvelope(gateway.loaded, asked)
    assert.match(printReply(near.reply), /^250/)
    assert.ok(near.trace.some((line) => line.stage === 'relay' && line.restriction === 'permit_sasl_authenticated'))
    const forged = await explainEnvelope(gateway.loaded, { ...asked, sender: 'other@example.org' })
    assert.match(printReply(forged.reply), /^553 5\.7\.1/)
    const { sasl: _, ...stranger } = asked
    const unknown = await explainEnvelope(gateway.loaded, { ...stranger, listener: 'submission' })
    assert.match(printReply(unknown.reply), /^530 5\.7\.0/)
  })
})
