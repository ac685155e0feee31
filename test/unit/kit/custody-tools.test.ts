// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { backoffMs } from '../../../src/kit/backoff.ts'
import { Disposal } from '../../../src/kit/disposal.ts'
import { DirectorySync, type DurableFs, realFs, writeDurable } from '../../../src/kit/durable-file.ts'
import { Semaphore } from '../../../src/kit/semaphore.ts'
import { tempFolder } from '../../support/custody.ts'

describe('backoffMs', () => {
  const ladder = { minMs: 300, maxMs: 4_000, jitter: 0.2 }
  const table: readonly (readonly [failures: number, random: number, ms: number])[] = [
    [0, 0.5, 300],
    [1, 0.5, 300],
    [2, 0.5, 600],
    [4, 0.5, 2_400],
    [5, 0.5, 4_000],
    [1_000_000, 0.5, 4_000],
    [1, 0, 270],
    [1, 1, 330],
  ]
  for (const [failures, random, ms] of table) {
    it(`waits ${ms} ms after ${failures} failures when chance says ${random}`, () =>
      assert.equal(backoffMs(ladder, failures, random), ms))
  }
})

describe('Semaphore', () => {
  it('lets so many in, and the next in the order they came', async () => {
    const semaphore = new Semaphore(1)
    const first = await semaphore.acquire()
    const order: number[] = []
    const waiting = [1, 2].map(async (n) => {
      using _permit = await semaphore.acquire()
      order.push(n)
    })
    assert.equal(semaphore.waiting, 2)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    await Promise.all(waiting)
    assert.deepEqual(order, [1, 2])
    assert.equal(semaphore.taken, 0)
  })

  it('forgets a waiter that gives up', async () => {
    const semaphore = new Semaphore(1)
    const permit = await semaphore.acquire()
    const gone = new AbortController()
    const waiting = semaphore.acquire(gone.signal)
    gone.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
    permit[Symbol.dispose]()
    assert.equal(semaphore.taken, 0)
  })
})

describe('Disposal', () => {
  it('closes the last opened first, and tells of those that fail or dawdle', async () => {
    const order: string[] = []
    const troubles: string[] = []
    {
      await using disposal = new Disposal(({ name }) => void troubles.push(name))
      disposal.defer('first', 50, () => void order.push('first'))
      disposal.defer('bad', 50, () => Promise.reject(new Error('no')))
      disposal.defer('slow', 5, () => new Promise<void>(() => undefined))
      disposal.defer('last', 50, () => void order.push('last'))
    }
    assert.deepEqual(
      [order, troubles],
      [
        ['last', 'first'],
        ['slow', 'bad'],
      ],
    )
  })
})

/** A disk on which one call fails. */
function badDisk(failing: 'write' | 'sync' | 'close' | 'rename' | 'directory'): DurableFs {
  const trouble = async () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
  return {
    ...realFs,
    rename: failing === 'rename' ? trouble : realFs.rename,
    open: async (path, flags, mode) => {
      const file = await realFs.open(path, flags, mode)
      const close = async () => file.close()
      return {
        write: failing === 'write' ? trouble : file.write.bind(file),
        sync: failing === 'sync' || (failing === 'directory' && flags === 'r') ? trouble : file.sync.bind(file),
        close: failing === 'close' ? async () => close().then(trouble) : close,
      }
    },
  }
}

/** A disk that takes at most three bytes a time. */
const shortDisk: DurableFs = {
  ...realFs,
  open: async (path, flags, mode) => {
    const file = await realFs.open(path, flags, mode)
    const write = async (bytes: Uint8Array, from: number, length: number) =>
      file.write(bytes, from, Math.min(length, 3))
    return { write: write as typeof file.write, sync: () => file.sync(), close: () => file.close() }
  },
}

describe('writeDurable', () => {
  const text = Buffer.from('whole or absent')

  it('writes all of it, though the disk takes it in small bites', async () => {
    await using folder = await tempFolder()
    const target = join(folder.path, 'x')
    assert.equal(await writeDurable(`${target}.tmp`, target, text, { fs: shortDisk }), text.length)
    assert.deepEqual(await readFile(target), text)
  })

  for (const failing of ['write', 'sync', 'close', 'rename', 'directory'] as const) {
    it(`leaves nothing behind when the ${failing} fails`, async () => {
      await using folder = await tempFolder()
      const target = join(folder.path, 'x')
      await assert.rejects(writeDurable(`${target}.tmp`, target, text, { fs: badDisk(failing) }), /EIO/)
      assert.deepEqual(await readdir(folder.path), [])
    })
  }

  it('leaves nothing behind when the source of the bytes fails', async () => {
    await using folder = await tempFolder()
    const target = join(folder.path, 'x')
    async function* torn() {
      yield text
      throw new Error('torn')
    }
    await assert.rejects(writeDurable(`${target}.tmp`, target, torn()), /torn/)
    assert.deepEqual(await readdir(folder.path), [])
  })
})

describe('DirectorySync', () => {
  it('serves all that wait while one runs with one more', async () => {
    let syncs = 0
    const gate = Promise.withResolvers<void>()
    const counting: DurableFs = {
      ...realFs,
      open: async () => ({
        write: async () => Promise.reject(new Error('not written to')),
        sync: async () => {
          syncs += 1
          await gate.promise
        },
        close: async () => undefined,
      }),
    }
    const directory = new DirectorySync('/nowhere', counting)
    const waiting = Array.from({ length: 20 }, () => directory.sync())
    gate.resolve()
    await Promise.all(waiting)
    assert.equal(syncs, 2)
    await directory.sync()
    assert.equal(syncs, 3)
  })
})
