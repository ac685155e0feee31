// SPDX-License-Identifier: Apache-2.0
/** Takes messages into custody as fast as it can, names each one on standard output once it is safe, until killed. */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import type { QueueId } from '../../src/core/brand.ts'
import { Queue } from '../../src/queue/queue.ts'
import { Spool } from '../../src/queue/spool.ts'
import { openStores } from '../../src/store/open.ts'
import { anEnvelope, HandClock, LineLog, noMeter } from '../support/custody.ts'
import { route } from '../support/custody-house.ts'

const [root = '', run = ''] = process.argv.slice(2)
const log = new LineLog()
const stores = await openStores(`sqlite:${join(root, 'state.db')}`, {
  log,
  deadlineMs: 30_000,
  maxLosable: 100,
  greylistKeepMs: 1_000,
})
const blobs = await Spool.open(join(root, 'spool'))
const queue = new Queue({ store: stores.queue, blobs, clock: new HandClock(), log, meter: noMeter })

async function client(name: string): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `${run}-${name}-${n}`
    const envelope = anEnvelope()
    const batches = [{ route: route('maildir:'), recipients: envelope.recipients }]
    const bytes = Buffer.from(`Subject: ${id}\r\n\r\n${'x'.repeat(500)}\r\nend of ${id}\r\n`)
    await queue.enqueue({ id: id as QueueId, bytes, envelope, folder: 'INBOX', batches, returnable: true })
    writeSync(1, `${id}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, i) => client(`c${i}`)))
