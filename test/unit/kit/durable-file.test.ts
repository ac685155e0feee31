// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { DirectorySync, type DurableFs, realFs, writeDurable } from '../../../src/kit/durable-file.ts'
import { tempFolder } from '../../support/custody.ts'

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
