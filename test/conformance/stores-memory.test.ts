// SPDX-License-Identifier: Apache-2.0
import { openStores } from '../../src/store/open.ts'
import { LineLog } from '../support/custody.ts'
import { storesSuite } from './stores.ts'

storesSuite('memory', () =>
  openStores('memory:', { log: new LineLog(), deadlineMs: 5_000, maxLosable: 1_000, greylistKeepMs: 1_000 }),
)
