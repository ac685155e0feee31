// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SmtpClient } from '../../bench/smtp-client.ts'
import { readConfig } from '../../src/config/load.ts'
import { tempFolder } from '../support/custody.ts'
import { startCustodyGateway } from '../support/custody-gateway.ts'
import { aSink } from '../support/sink.ts'

/** The codes that recipients of two next hops hear, and that of the message. */
async function codes(setting: 'split' | 'separate') {
  await using folder = await tempFolder()
  await using one = await aSink()
  await using two = await aSink()
  const domain = (name: string, port: number) =>
    `[domains."${name}.example"]\ndeliver = "smtp://127.0.0.1:${port}"\nrecipients = "any"\n`
  const text = `hostname = "gw.example.org"
data_dir = "data"
[[listeners]]
role = "mx"
address = "127.0.0.1:0"
tls = "none"
${domain('one', one.port)}${domain('two', two.port)}
[delivery]
several_next_hops = "${setting}"
[log]
level = "error"
`
  const { loaded, complaints } = readConfig(text, join(folder.path, 'postern.toml'))
  assert.deepEqual(complaints, [])
  await using gateway = await startCustodyGateway(loaded)
  const client = new SmtpClient('127.0.0.1', gateway.listeners.all[0]?.port ?? 0, 30_000)
  await client.reply()
  await client.ask('EHLO client.example.net\r\n')
  await client.ask('MAIL FROM:<s@sender.example>\r\n')
  const heard: number[] = []
  for (const to of ['a@one.example', 'b@two.example', 'c@one.example']) {
    heard.push((await client.ask(`RCPT TO:<${to}>\r\n`)).code)
  }
  await client.ask('DATA\r\n')
  heard.push((await client.ask('Subject: x\r\n\r\nx\r\n.\r\n')).code)
  client.close()
  return { heard, delivered: [one, two].map(({ messages }) => messages.length) }
}

describe('recipients with different next hops', () => {
  it('are served in one transaction by default', async () =>
    assert.deepEqual(await codes('split'), { heard: [250, 250, 250, 250], delivered: [1, 1] }))

  it('come in transactions of their own on request', async () =>
    assert.deepEqual(await codes('separate'), { heard: [250, 452, 250, 250], delivered: [1, 0] }))
})
