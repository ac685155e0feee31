// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { EpochMs, QueueId } from '../../src/core/brand.ts'
import { removeOrphans } from '../../src/queue/recover.ts'
import { Spool } from '../../src/queue/spool.ts'
import { openStores } from '../../src/store/open.ts'
import { LineLog, tempFolder } from '../support/custody.ts'

const rounds = 4

/** Kills the enqueuer after it has named so many messages; returns their names. */
async function runAndKill(root: string, round: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'enqueuer.ts'), root, `r${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.split('\n').length > 20 + round * 37) child.kill('SIGKILL')
  })
  await new Promise((resolve) => child.once('close', resolve))
  return output.split('\n').slice(0, -1)
}

describe('a gateway that is killed', () => {
  it('has every message that it had answered for, whole, and nothing else after recovery', async () => {
    await using folder = await tempFolder()
    const log = new LineLog()
    const safe: string[] = []
    for (let round = 0; round < rounds; round++) safe.push(...(await runAndKill(folder.path, round)))
    await using stores = await openStores(`sqlite:${join(folder.path, 'state.db')}`, {
      log,
      deadlineMs: 30_000,
      maxLosable: 100,
      greylistKeepMs: 1_000,
    })
    const blobs = await Spool.open(join(folder.path, 'spool'))
    const clock = { now: () => (Date.now() + 60_000) as EpochMs, sleep: async () => undefined }
    await removeOrphans({ blobs, owners: [stores.queue], queue: stores.queue, clock, log, graceMs: 0 })
    for (const id of safe) {
      const entry = await stores.queue.get(id as QueueId)
      assert.ok(entry !== null, `${id} is lost`)
      const blob = await blobs.get(entry.blob)
      const text = Buffer.from((await blob?.bytes()) ?? []).toString()
      assert.ok(text.startsWith(`Subject: ${id}\r\n`) && text.endsWith(`end of ${id}\r\n`), `${id} is torn`)
    }
    const entries = await stores.queue.list(1_000_000)
    const wanted = new Set(entries.map(({ blob }) => blob.split('.')[0]))
    assert.deepEqual(new Set(await readdir(join(folder.path, 'spool', 'blobs'))), wanted)
    assert.deepEqual(await readdir(join(folder.path, 'spool', 'tmp')), [])
  })
})
