// SPDX-License-Identifier: Apache-2.0
/** Queue and quarantine for the commands, beside a running gateway or without one: they share the database and spool. */
import type { LoadedConfig } from '../config/load.ts'
import type { QueueId } from '../core/brand.ts'
import type { Recipient } from '../core/envelope.ts'
import { silentLogger } from '../log/logger.ts'
import { silentMeter } from '../metrics/registry.ts'
import type { Quarantine } from '../quarantine/quarantine.ts'
import { Queue } from '../queue/queue.ts'
import { requeue } from '../queue/requeue.ts'
import { Spool } from '../queue/spool.ts'
import { realClock } from '../service/real-world.ts'
import { modelFiles } from './model.ts'
import { dataPaths } from './paths.ts'
import { openQuarantine } from './quarantine.ts'
import { readRoutes } from './routes.ts'
import { openSigner } from './signer.ts'
import { openState } from './state.ts'

export interface MailStores extends AsyncDisposable {
  readonly queue: Queue
  readonly quarantine: Quarantine
  /** Routes an entry by the settings as they are now. False when there is none. */
  readonly requeue: (id: QueueId) => Promise<boolean>
}

export async function openMailStores(loaded: LoadedConfig): Promise<MailStores> {
  const paths = dataPaths(loaded)
  const stores = await openState(paths, silentLogger)
  const blobs = await Spool.open(paths.spool)
  const ports = { blobs, clock: realClock, log: silentLogger, meter: silentMeter }
  const queue = new Queue({ store: stores.queue, ...ports })
  const { routes } = await readRoutes(loaded)
  const routeOf = (recipient: Recipient) => routes.destinationOf(recipient)?.route ?? null
  const quarantine = openQuarantine(loaded, {
    store: stores.quarantine,
    queue,
    routes,
    seal: async (raw, auth) => (await openSigner(loaded, realClock, silentLogger)).seal(raw, auth),
    onReleased: (raw) => teachWanted(loaded, raw),
    ...ports,
  })
  const close = async () => {
    await blobs[Symbol.asyncDispose]()
    await stores[Symbol.asyncDispose]()
  }
  const again = (id: QueueId) => requeue(id, { store: stores.queue, clock: realClock, routeOf })
  return { queue, quarantine, requeue: again, [Symbol.asyncDispose]: close }
}

/** What a person released was wanted; a running gateway takes it up from the journal. */
async function teachWanted(loaded: LoadedConfig, raw: Uint8Array): Promise<void> {
  const { enabled, learn } = loaded.config.bayes
  if (!enabled || !learn) return
  const { teachMessages } = await import('../bayes/train.ts')
  teachMessages({ ...modelFiles(loaded, { prior: true }), source: 'administrator', clock: realClock }, [
    { raw, spam: false },
  ])
}
