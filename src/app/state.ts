// SPDX-License-Identifier: Apache-2.0
/** The stores of a gateway, opened the same way by the service and by every command. */
import type { Logger } from '../core/ports.ts'
import type { Stores } from '../core/stores.ts'
import { openStores } from '../store/open.ts'
import { type DataPaths, makeDataDir } from './paths.ts'

/** Over a slow disk's worst fsync. */
const deadlineMs = 60_000
const maxLosable = 1_000_000
/** postgrey's default (35 days). */
const greylistKeepMs = 35 * 864e5

/** Throws UserError where data_dir or the database cannot be used. */
export function openState(paths: DataPaths, log: Logger): Promise<Stores> {
  makeDataDir(paths)
  return openStores(`sqlite:${paths.database}`, { log, deadlineMs, maxLosable, greylistKeepMs })
}
