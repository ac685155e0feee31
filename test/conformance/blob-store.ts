// SPDX-License-Identifier: Apache-2.0
/** What every BlobStore must do. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BlobId } from '../../src/core/brand.ts'
import type { BlobStore } from '../../src/core/ports.ts'

export function blobStoreSuite(engine: string, open: () => Promise<BlobStore & Partial<AsyncDisposable>>): void {
  const using = (title: string, body: (blobs: BlobStore) => Promise<void>) =>
    it(title, async () => {
      const blobs = await open()
      try {
        await body(blobs)
      } finally {
        await blobs[Symbol.asyncDispose]?.()
      }
    })
  const bytes = Buffer.from([0, 13, 10, 46, 13, 10, 255, 128])

  describe(`${engine}: blobs`, () => {
    using('gives back the bytes, at once and as a stream', async (blobs) => {
      const put = await blobs.put(bytes)
      assert.equal(put.size, bytes.length)
      const got = await blobs.get(put.id)
      assert.ok(got !== null)
      assert.deepEqual(Buffer.from(await got.bytes()), bytes)
      const chunks: Buffer[] = []
      for await (const chunk of got.open()) chunks.push(Buffer.from(chunk as Uint8Array))
      assert.deepEqual(Buffer.concat(chunks), bytes)
      assert.equal(got.size, bytes.length)
    })

    using('takes a stream', async (blobs) => {
      async function* halves() {
        yield bytes.subarray(0, 3)
        yield bytes.subarray(3)
      }
      assert.deepEqual(Buffer.from(await (await blobs.put(halves())).bytes()), bytes)
    })

    using('keeps nothing of a stream that breaks', async (blobs) => {
      async function* torn() {
        yield bytes
        throw new Error('torn')
      }
      await assert.rejects(blobs.put(torn()), /torn/)
      assert.deepEqual(await Array.fromAsync(blobs.list()), [])
    })

    using('lists what it has and forgets what is removed, twice too', async (blobs) => {
      const [a, b] = [await blobs.put(bytes), await blobs.put(new Uint8Array(0))]
      const listed = await Array.fromAsync(blobs.list())
      assert.deepEqual(listed.map(({ id }) => id).sort(), [a.id, b.id].sort())
      await blobs.remove(a.id)
      await blobs.remove(a.id)
      assert.equal(await blobs.get(a.id), null)
      assert.equal((await blobs.get(b.id))?.size, 0)
    })

    using('keeps what stays longer than a moment when its neighbours go', async (blobs) => {
      const brief = await blobs.put(bytes, 'brief')
      const neighbour = await blobs.put(Buffer.alloc(1000), 'brief')
      await blobs.remove(neighbour.id)
      assert.deepEqual(Buffer.from((await (await blobs.get(brief.id))?.bytes()) ?? []), bytes)
      const own = await blobs.detach(brief.id)
      if (own !== brief.id) await blobs.remove(brief.id)
      assert.equal(await blobs.detach(own), own)
      assert.deepEqual(Buffer.from((await (await blobs.get(own))?.bytes()) ?? []), bytes)
      assert.deepEqual(
        (await Array.fromAsync(blobs.list())).map(({ id }) => id),
        [own],
      )
    })

    using('knows nothing by names that are not its own', async (blobs) => {
      for (const odd of ['', '..', '../../etc/passwd', 'ffffffffffffffffffffffff', 'x'.repeat(300)]) {
        assert.equal(await blobs.get(odd as BlobId), null)
        await blobs.remove(odd as BlobId)
      }
    })
  })
}
