// SPDX-License-Identifier: Apache-2.0
/** Queue and quarantine for the commands, beside a running gateway or without one: they share the database and spool. */

import { teachMessages } from '../bayes/train.ts'
import type { LoadedConfig } from '../config/load.ts'
import { silentLogger } from '../log/logger.ts'
import { silentMeter } from '../metrics/registry.ts'
import type { Quarantine } from '../quarantine/quarantine.ts'
import { Queue } from '../queue/queue.ts'
import { Spool } from '../queue/spool.ts'
import { realClock } from '../service/real-world.ts'
import { openQuarantine } from './custody.ts'
import { modelFiles } from './model.ts'
import { dataPaths } from './paths.ts'
import { readRoutes } from './routes.ts'
import { openState } from './state.ts'

export interface MailStores extends AsyncDisposable {
  readonly queue: Queue
  readonly quarantine: Quarantine
}

export async function openMailStores(loaded: LoadedConfig): Promise<MailStores> {
  const paths = dataPaths(loaded)
  const stores = await openState(paths, silentLogger)
  const blobs = await Spool.open(paths.spool)
  const ports = { blobs, clock: realClock, log: silentLogger, meter: silentMeter }
  const queue = new Queue({ store: stores.queue, ...ports })
  const quarantine = openQuarantine(loaded, {
    store: stores.quarantine,
    queue,
    routes: (await readRoutes(loaded)).routes,
    onReleased: (raw) => teachWanted(loaded, raw),
    ...ports,
  })
  const close = async () => {
    await blobs[Symbol.asyncDispose]()
    await stores[Symbol.asyncDispose]()
  }
  return { queue, quarantine, [Symbol.asyncDispose]: close }
}

/** What a person released was wanted; a running gateway takes it up from the journal. */
function teachWanted(loaded: LoadedConfig, raw: Uint8Array): void {
  const { enabled, learn } = loaded.config.bayes
  if (!enabled || !learn) return
  teachMessages({ ...modelFiles(loaded, { prior: true }), source: 'administrator', clock: realClock }, [
    { raw, spam: false },
  ])
}
