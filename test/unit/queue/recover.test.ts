// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { EpochMs } from '../../../src/core/brand.ts'
import { reclaimLeases, removeOrphans } from '../../../src/queue/recover.ts'
import { Spool } from '../../../src/queue/spool.ts'
import { openMemoryStores } from '../../../src/store/memory/stores.ts'
import { aHeldEntry, anEntry, epoch, LineLog, tempFolder } from '../../support/custody.ts'

const hour = 3_600_000

describe('removeOrphans', () => {
  it('removes torn files and blobs without an owner, and nothing younger than the grace', async () => {
    await using folder = await tempFolder()
    const stores = openMemoryStores({ maxLosable: 9, greylistKeepMs: 9 })
    const blobs = await Spool.open(folder.path)
    const [queued, held, orphan] = [
      await blobs.put(Buffer.from('a')),
      await blobs.put(Buffer.from('b')),
      await blobs.put(Buffer.from('c')),
    ]
    await stores.queue.add([anEntry('A', { blob: queued.id })])
    await stores.quarantine.add(aHeldEntry('B', { blob: held.id }))
    await writeFile(join(folder.path, 'tmp', 'half'), 'ha')
    const run = (ahead: number) =>
      removeOrphans({
        blobs,
        owners: [stores.queue, stores.quarantine],
        queue: stores.queue,
        clock: { now: () => (Date.now() + ahead) as EpochMs, sleep: async () => undefined },
        log: new LineLog(),
        graceMs: hour,
      })
    assert.deepEqual(await run(0), { torn: 0, orphans: 0 })
    assert.deepEqual(await run(2 * hour), { torn: 1, orphans: 1 })
    assert.equal(await blobs.get(orphan.id), null)
    assert.deepEqual((await readdir(join(folder.path, 'blobs'))).sort(), [queued.id, held.id].sort())
  })
})

describe('reclaimLeases', () => {
  it('frees what the process before us had in hand', async () => {
    const { queue } = openMemoryStores({ maxLosable: 9, greylistKeepMs: 9 })
    await queue.add([anEntry('A')])
    await queue.lease('us', epoch, (epoch + hour) as EpochMs, 1, [])
    assert.equal(await reclaimLeases(queue, 'us', new LineLog()), 1)
    assert.equal((await queue.lease('us', epoch, (epoch + hour) as EpochMs, 1, [])).length, 1)
  })
})
