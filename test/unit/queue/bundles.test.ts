// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import type { BlobId, EpochMs } from '../../../src/core/brand.ts'
import { DirectorySync, type DurableFs, realFs } from '../../../src/kit/durable-file.ts'
import { Bundles, placeOf } from '../../../src/queue/bundles.ts'
import { tempFolder } from '../../support/custody.ts'

const text = (n: number) => Buffer.from(`message ${n} ${'x'.repeat(n)}\r\n`)

async function aHouse(fs: DurableFs = realFs) {
  const folder = await tempFolder()
  const bundles = new Bundles(folder.path, fs, new DirectorySync(folder.path, fs))
  const read = async (id: BlobId) => {
    const place = placeOf(id)
    const blob = place === null ? null : await bundles.get(id, place)
    return blob === null ? null : Buffer.from(await blob.bytes()).toString()
  }
  const remove = async (id: BlobId) => {
    const place = placeOf(id)
    if (place !== null) await bundles.remove(id, place)
  }
  return { folder, bundles, read, remove, files: () => readdir(folder.path) }
}

describe('bundles', () => {
  it('write all that wait with one fsync, into one file', async () => {
    let syncs = 0
    const counting: DurableFs = {
      ...realFs,
      open: async (path, flags, mode) => {
        const file = await realFs.open(path, flags, mode)
        const sync = () => {
          if (flags !== 'r') syncs += 1
          return file.sync()
        }
        return Object.assign(Object.create(file), { write: file.write.bind(file), sync, close: () => file.close() })
      },
    }
    const { folder, bundles, read, files } = await aHouse(counting)
    await using _ = folder
    const blobs = await Promise.all(Array.from({ length: 40 }, (_, n) => bundles.put(text(n))))
    assert.equal(syncs, 2)
    assert.equal((await files()).length, 1)
    for (const [n, { id, size }] of blobs.entries()) {
      assert.equal(size, text(n).length)
      assert.equal(await read(id), text(n).toString())
    }
    await bundles.close()
  })

  it('are removed once they are closed and nothing in them lives', async () => {
    const { folder, bundles, remove, files } = await aHouse()
    await using _ = folder
    const [a, b] = [await bundles.put(text(1)), await bundles.put(text(2))]
    await remove(a.id)
    await bundles.close()
    await remove(a.id)
    assert.equal((await files()).length, 1)
    await remove(b.id)
    assert.equal((await files()).length, 0)
    assert.equal(await bundles.get(b.id, placeOf(b.id) ?? { bundle: '', offset: 0, size: 0 }), null)
  })

  it('keep what stays longer while most of their bytes live', async () => {
    const { folder, bundles, remove } = await aHouse()
    await using _ = folder
    const [a, b] = [await bundles.put(text(500)), await bundles.put(text(900))]
    const place = placeOf(a.id)
    assert.ok(place !== null)
    assert.equal(bundles.mayStay(place), true)
    await remove(b.id)
    assert.equal(bundles.mayStay(place), false)
    await bundles.close()
  })

  it('that failed are not written to again, and fail all that waited for the same fsync', async () => {
    const trouble = { now: false }
    const failing: DurableFs = {
      ...realFs,
      open: async (path, flags, mode) => {
        const file = await realFs.open(path, flags, mode)
        const sync = async () => {
          if (trouble.now) throw Object.assign(new Error('EIO'), { code: 'EIO' })
          await file.sync()
        }
        return Object.assign(Object.create(file), { write: file.write.bind(file), sync, close: () => file.close() })
      },
    }
    const { folder, bundles, read, files } = await aHouse(failing)
    await using _ = folder
    const before = await bundles.put(text(1))
    trouble.now = true
    const lost = await Promise.allSettled([bundles.put(text(2)), bundles.put(text(3))])
    assert.deepEqual(
      lost.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    trouble.now = false
    const after = await bundles.put(text(4))
    assert.notEqual(placeOf(after.id)?.bundle, placeOf(before.id)?.bundle)
    assert.equal(await read(before.id), text(1).toString())
    assert.equal((await files()).length, 2)
    await bundles.close()
  })

  it('of a process that died are swept when nobody refers to them and they are old enough', async () => {
    const { folder, bundles, files } = await aHouse()
    await using _ = folder
    await bundles.put(text(1))
    const [name] = await files()
    const next = new Bundles(folder.path, realFs, new DirectorySync(folder.path))
    const later = (Date.now() + 60_000) as EpochMs
    assert.equal(await next.sweep(0 as EpochMs, async () => false), 0)
    assert.equal(await next.sweep(later, async (bundle) => bundle === name), 0)
    assert.equal(await next.sweep(later, async () => false), 1)
    await bundles.close()
  })
})
