// SPDX-License-Identifier: Apache-2.0
import { Spool } from '../../src/queue/spool.ts'
import { MemoryBlobs } from '../../src/store/memory/blobs.ts'
import { HandClock, tempFolder } from '../support/custody.ts'
import { blobStoreSuite } from './blob-store.ts'

blobStoreSuite('memory', async () => new MemoryBlobs(new HandClock()))

blobStoreSuite('spool', async () => {
  const folder = await tempFolder()
  return Object.assign(await Spool.open(folder.path), { [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() })
})
