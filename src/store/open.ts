// SPDX-License-Identifier: Apache-2.0
/** Where the state lives: "memory:" for tests and throw-away gateways, "sqlite:/path/postern.db" for the rest. */

import { UserError } from '../core/failure.ts'
import type { Logger } from '../core/ports.ts'
import type { Stores } from '../core/stores.ts'
import { nearest } from '../kit/nearest.ts'
import { openMemoryStores } from './memory/stores.ts'
import { openSqliteStores } from './sqlite/stores.ts'

export interface StoreOptions {
  readonly log: Logger
  /** A call that takes longer fails and restarts the engine; over a slow disk's worst fsync. */
  readonly deadlineMs: number
  /** Keys of greylist and counters kept at most; the least recently used go first. */
  readonly maxLosable: number
  /** A greylisted key that was not seen for so long is forgotten. */
  readonly greylistKeepMs: number
}

/** Rejects with a UserError for an unknown kind, and for a database that is damaged, newer than us or not ours. */
export async function openStores(url: string, options: StoreOptions): Promise<Stores> {
  const colon = url.indexOf(':')
  const kind = colon < 0 ? url : url.slice(0, colon)
  const where = colon < 0 ? '' : url.slice(colon + 1)
  if (kind === 'memory') return openMemoryStores(options)
  if (kind === 'sqlite') {
    if (where === '')
      throw new UserError(78, 'sqlite: needs the path of a file, as in sqlite:/var/lib/postern/postern.db')
    return await openSqliteStores(where, options)
  }
  const guess = nearest(kind, ['memory', 'sqlite'])
  throw new UserError(78, [
    {
      file: url,
      line: 0,
      text: `unknown kind of store "${kind}"`,
      hint: guess === null ? 'memory: or sqlite:/path' : `did you mean ${guess}:?`,
    },
  ])
}
