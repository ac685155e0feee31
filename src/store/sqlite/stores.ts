// SPDX-License-Identifier: Apache-2.0
/**
 * The default engine: two SQLite files, each in a worker thread of its own, so that a commit never blocks the event
 * loop and a greylist lookup never waits for a commit. Counters are in memory: a window is shorter than a restart.
 */
import { rename } from 'node:fs/promises'
import { UserError } from '../../core/failure.ts'
import type { Logger } from '../../core/ports.ts'
import type { Stores } from '../../core/stores.ts'
import { Channel, siblingModule } from '../../workers/channel.ts'
import { MemoryCounters } from '../memory/losable.ts'
import type { SqliteApi, SqliteData } from './server.ts'
import { Settlements } from './settlements.ts'

export interface SqliteOptions {
  readonly log: Logger
  readonly deadlineMs: number
  readonly maxLosable: number
  readonly greylistKeepMs: number
}

const restartMs = 200

function open(data: SqliteData, options: SqliteOptions): Promise<Channel<SqliteApi>> {
  return Channel.open<SqliteApi>({
    module: siblingModule('./worker', import.meta.url),
    name: `sqlite-${data.kind}`,
    data,
    deadlineMs: options.deadlineMs,
    restartMs,
    log: options.log,
  })
}

/** A damaged greylist is worth less than a gateway that starts. */
async function openLosable(data: SqliteData, options: SqliteOptions): Promise<Channel<SqliteApi>> {
  try {
    return await open(data, options)
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== 65) throw error
    options.log.warn('store.losable_replaced', { path: data.path, because: error.message })
    await rename(data.path, `${data.path}.damaged`)
    return await open(data, options)
  }
}

/** The store's methods, each one call over the channel. */
function remote<Store>(channel: Channel<SqliteApi>, prefix: string, methods: readonly (keyof Store & string)[]): Store {
  const calls = methods.map((method) => [
    method,
    (...request: unknown[]) => channel.call(`${prefix}.${method}` as keyof SqliteApi, request as never),
  ])
  return Object.fromEntries(calls) as Store
}

/** Rejects with a UserError when the file at path cannot be used. The second file is path.losable. */
export async function openSqliteStores(path: string, options: SqliteOptions): Promise<Stores> {
  const { maxLosable: max, greylistKeepMs: keepMs } = options
  const durable = await open({ kind: 'durable', path }, options)
  let losable: Channel<SqliteApi>
  try {
    losable = await openLosable({ kind: 'losable', path: `${path}.losable`, max, keepMs }, options)
  } catch (error) {
    await durable[Symbol.asyncDispose]()
    throw error
  }
  const settlements = new Settlements((requests) => durable.call('queue.settle', [requests]))
  return {
    greylist: remote<Stores['greylist']>(losable, 'greylist', ['touch', 'peek']),
    counters: new MemoryCounters(max),
    accounts: remote<Stores['accounts']>(durable, 'accounts', [
      'add',
      'setPassword',
      'remove',
      'byName',
      'byAddress',
      'list',
    ]),
    queue: settlements.joined(
      remote<Omit<Stores['queue'], 'settle'>>(durable, 'queue', [
        'add',
        'lease',
        'renew',
        'reclaim',
        'change',
        'remove',
        'list',
        'get',
        'nextDue',
        'depth',
        'references',
        'refersInto',
      ]),
    ),
    quarantine: remote<Stores['quarantine']>(durable, 'quarantine', [
      'add',
      'get',
      'list',
      'claim',
      'unclaim',
      'remove',
      'expired',
      'count',
      'references',
    ]),
    [Symbol.asyncDispose]: async () => {
      settlements.flush()
      await Promise.all([durable[Symbol.asyncDispose](), losable[Symbol.asyncDispose]()])
    },
  }
}
