// SPDX-License-Identifier: Apache-2.0
/** `postern queue` and `postern quarantine` on a data_dir, as an operator uses them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { run } from '../../src/cli/cli.ts'
import type { EpochMs, QueueId } from '../../src/core/brand.ts'
import { Queue } from '../../src/queue/queue.ts'
import { parseRoute } from '../../src/queue/route.ts'
import { Spool } from '../../src/queue/spool.ts'
import { openStores } from '../../src/store/open.ts'
import { aHeldEntry, anEnvelope, aRecipient, HandClock, LineLog, noMeter, tempFolder } from '../support/custody.ts'

const mail = Buffer.from('Subject: hello\r\n\r\nbody\r\n')

const settings = (port: number) => `hostname = "gw.example.org"
data_dir = "data"
[[listeners]]
role = "mx"
address = "127.0.0.1:0"
tls = "none"
[domains."next.example"]
deliver = "smtp://127.0.0.1:${port}"
recipients = "any"
`

async function aDataDir() {
  const folder = await tempFolder()
  const config = join(folder.path, 'postern.toml')
  const data = join(folder.path, 'data')
  const open = () =>
    openStores(`sqlite:${join(data, 'state.db')}`, {
      ...{ log: new LineLog(), deadlineMs: 30_000, maxLosable: 100, greylistKeepMs: 1_000 },
    })
  const setPort = (port: number) => writeFileSync(config, settings(port))
  setPort(2525)
  {
    await using stores = await open()
    await using blobs = await Spool.open(join(data, 'spool'))
    const clock = new HandClock()
    const queue = new Queue({ store: stores.queue, blobs, clock, log: new LineLog(), meter: noMeter })
    const envelope = anEnvelope({ recipients: [aRecipient('u@next.example')] })
    const route = parseRoute('smtp://127.0.0.1:2525')
    assert.ok(route !== null)
    for (const id of ['Q1', 'Q2', 'Q3'] as QueueId[]) {
      const batches = [{ route, recipients: envelope.recipients }]
      await queue.enqueue({ id, bytes: mail, envelope, folder: 'INBOX', batches, returnable: true })
    }
    const held = await blobs.put(mail)
    await stores.quarantine.add(aHeldEntry('H1', { blob: held.id, sizeBytes: held.size, envelope }))
  }
  const command = async (...args: string[]) => {
    const said: string[] = []
    const io = { out: (text: string) => void said.push(text), err: () => undefined }
    const code = await run([...args, '--config', config], { ...io, isTerminal: false, input: process.stdin })
    return { code, out: said.join('') }
  }
  return { command, open, setPort, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

describe('postern queue', () => {
  it('lists, shows, holds, releases, retries, requeues and deletes', async () => {
    await using dir = await aDataDir()
    const states = async () => {
      const { out } = await dir.command('queue', 'list', '--json')
      const rows = out.trim().split('\n').filter(Boolean)
      return rows.map((row) => JSON.parse(row) as { id: string; held: boolean; nextHop: string; due: string })
    }
    assert.deepEqual(
      (await states()).map(({ id }) => id),
      ['Q1', 'Q2', 'Q3'],
    )
    const table = (await dir.command('queue', 'list')).out.trim().split('\n')
    assert.equal(table.length, 4)
    assert.match((await dir.command('queue', 'show', 'Q2')).out, /Subject: hello/)
    assert.equal((await dir.command('queue', 'hold', 'Q1')).code, 0)
    assert.deepEqual(
      (await states()).map(({ held }) => held),
      [true, false, false],
    )
    assert.equal((await dir.command('queue', 'release', 'all')).out, '3 messages\n')
    assert.ok((await states()).every(({ held }) => !held))
    const before = Date.now()
    assert.equal((await dir.command('queue', 'flush')).out, '3 messages\n')
    assert.ok((await states()).every(({ due }) => Date.parse(due) >= before))
    dir.setPort(2626)
    assert.equal((await dir.command('queue', 'requeue', 'Q3')).out, '1 message\n')
    assert.deepEqual(
      (await states()).map(({ nextHop }) => nextHop.slice(-4)),
      ['2525', '2525', '2626'],
    )
    assert.equal((await dir.command('queue', 'requeue', 'all')).out, '3 messages\n')
    assert.ok((await states()).every(({ nextHop }) => nextHop.endsWith(':2626')))
    assert.equal((await dir.command('queue', 'delete', 'Q2')).code, 0)
    assert.equal((await states()).length, 2)
    assert.equal((await dir.command('queue', 'delete', 'Q2')).code, 66)
  })
})

describe('postern quarantine', () => {
  it('lists, shows, and releases once, byte for byte, into the queue', async () => {
    await using dir = await aDataDir()
    assert.match((await dir.command('quarantine', 'list')).out, /H1/)
    assert.match((await dir.command('quarantine', 'show', 'H1')).out, /Subject: hello/)
    assert.equal((await dir.command('quarantine', 'release', 'H1')).code, 0)
    assert.equal((await dir.command('quarantine', 'release', 'H1')).code, 66)
    const { out } = await dir.command('queue', 'show', 'H1', '--json')
    assert.equal((JSON.parse(out) as { sizeBytes: number }).sizeBytes, mail.length)
    await using stores = await dir.open()
    const entry = await stores.queue.get('H1' as QueueId)
    assert.equal(entry?.returnable, false)
    assert.equal(
      (await stores.queue.lease('test', Date.now() as EpochMs, (Date.now() + 9) as EpochMs, 9, [])).length,
      4,
    )
  })

  it('deletes', async () => {
    await using dir = await aDataDir()
    assert.equal((await dir.command('quarantine', 'delete', 'H1')).code, 0)
    assert.equal((await dir.command('quarantine', 'list', '--json')).out, '')
  })
})
