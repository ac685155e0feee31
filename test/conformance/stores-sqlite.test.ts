// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { after } from 'node:test'
import { openStores } from '../../src/store/open.ts'
import { LineLog, tempFolder } from '../support/custody.ts'
import { storesSuite } from './stores.ts'

const folder = await tempFolder()
after(() => folder[Symbol.asyncDispose]())
let number = 0

storesSuite('sqlite', () =>
  openStores(`sqlite:${join(folder.path, `${number++}.db`)}`, {
    log: new LineLog(),
    deadlineMs: 10_000,
    maxLosable: 1_000,
    greylistKeepMs: 1_000,
  }),
)
