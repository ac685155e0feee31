// SPDX-License-Identifier: Apache-2.0
/** Queue mode into our own mailboxes: the mailbox is tried first, and the queue has what it does not take (ADR 8). */
import assert from 'node:assert/strict'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { SmtpClient } from '../../bench/smtp-client.ts'
import { dataPaths } from '../../src/app/paths.ts'
import { maildirOf } from '../../src/mailbox/account-path.ts'
import { sendAll } from '../support/account-for-all.ts'
import { aGateway, type TestGateway } from '../support/gateway.ts'

const account = 'user@box.example'
const message = Buffer.from('From: a@example.net\r\nSubject: hello\r\n\r\nAs agreed, at noon.\r\n.\r\n')

const house = (mailboxFirst: boolean) =>
  aGateway({
    config: `[domains."box.example"]\ndeliver = "maildir:"\nmode = "queue"\n[queue]\nmailbox_first = ${mailboxFirst}\n`,
    accounts: [[account, 'secret']],
  })

async function send(gateway: TestGateway): Promise<number | undefined> {
  const options = { port: gateway.ports.mx, connections: 1, recipient: account }
  return (await sendAll([message], options))[0]
}

/** Waits for so many messages; asks the queue meanwhile, whose own first try may still be under way. */
async function inbox(gateway: TestGateway, count: number): Promise<readonly string[]> {
  let found = await gateway.messagesIn(account, 'INBOX')
  for (let tries = 0; tries < 200 && found.length < count; tries++) {
    await gateway.gateway.custody.queue.retry(null)
    await wait(50)
    found = await gateway.messagesIn(account, 'INBOX')
  }
  return found
}

describe('queue mode into a mailbox', () => {
  it('has the message in the mailbox before it answers, and nothing in the queue', async () => {
    await using gateway = await house(true)
    assert.equal(await send(gateway), 250)
    assert.equal((await gateway.messagesIn(account, 'INBOX')).length, 1)
    assert.ok(!gateway.log.some((line) => line.includes('queue.enqueued')))
  })

  it('queues what the mailbox cannot take now, and delivers it once later', async () => {
    await using gateway = await house(true)
    assert.equal(await send(gateway), 250)
    const mailbox = join(maildirOf(dataPaths(gateway.loaded).mail, account), 'tmp')
    await rename(mailbox, `${mailbox}-away`)
    await writeFile(mailbox, '')
    assert.equal(await send(gateway), 250)
    assert.ok(gateway.log.some((line) => line.includes('queue.enqueued')))
    assert.equal((await gateway.messagesIn(account, 'INBOX')).length, 1)
    await rm(mailbox)
    await rename(`${mailbox}-away`, mailbox)
    assert.equal((await inbox(gateway, 2)).length, 2)
  })

  it('leaves it to the queue where somebody wants to hear of success', async () => {
    await using gateway = await house(true)
    const client = new SmtpClient('127.0.0.1', gateway.ports.mx, 20_000)
    await client.reply()
    const lines = ['EHLO c.example', 'MAIL FROM:<a@c.example>', `RCPT TO:<${account}> NOTIFY=SUCCESS`, 'DATA']
    for (const line of lines) assert.ok((await client.ask(`${line}\r\n`)).code < 400)
    assert.equal((await client.ask(message)).code, 250)
    client.close()
    assert.ok(gateway.log.some((line) => line.includes('queue.enqueued')))
  })

  it('goes through the queue where the settings say so', async () => {
    await using gateway = await house(false)
    assert.equal(await send(gateway), 250)
    assert.equal((await inbox(gateway, 1)).length, 1)
    assert.ok(gateway.log.some((line) => line.includes('queue.enqueued')))
  })
})
