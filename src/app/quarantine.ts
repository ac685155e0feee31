// SPDX-License-Identifier: Apache-2.0
/** The quarantine, opened the same way by the service and by the commands. */
import type { LoadedConfig } from '../config/load.ts'
import type { Envelope } from '../core/envelope.ts'
import type { Blob } from '../core/message.ts'
import type { HoldOptions } from '../quarantine/hold.ts'
import { Quarantine } from '../quarantine/quarantine.ts'
import type { Queue } from '../queue/queue.ts'
import { batchByRoute, type RouteBatch } from '../queue/route.ts'
import type { Routes } from './routes.ts'

export interface QuarantinePorts extends HoldOptions {
  readonly queue: Queue
  readonly routes: Routes
  /** Told of a message that a person released: it was wanted. */
  readonly onReleased?: ((raw: Uint8Array) => void | Promise<void>) | undefined
}

/** What is released goes into the queue, byte for byte, and from there to its recipients. */
export function openQuarantine(
  { config }: LoadedConfig,
  { queue, routes, onReleased, ...ports }: QuarantinePorts,
): Quarantine {
  return new Quarantine({
    ...ports,
    lifetimeMs: config.quarantine.lifetime,
    redeliver: async ({ id, envelope }, blob) => {
      const bytes = await contentOf(blob)
      await queue.enqueue({
        id,
        bytes,
        envelope,
        folder: 'INBOX',
        batches: batchesOf(envelope, routes),
        returnable: false,
      })
      if (bytes instanceof Uint8Array) await onReleased?.(bytes)
    },
  })
}

/** Larger messages are copied as a stream, and nothing is learnt from them. */
const maxInMemory = 1024 * 1024

export async function contentOf(blob: Blob): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  return blob.size <= maxInMemory ? await blob.bytes() : blob.open()
}

/** Where each recipient's mail goes now. Throws where one has no route any more: then the message stays held. */
export function batchesOf(envelope: Envelope, routes: Routes): RouteBatch[] {
  const routed = envelope.recipients.flatMap((recipient) => {
    const destination = routes.destinationOf(recipient)
    return destination === null ? [] : [{ route: destination.route, recipient }]
  })
  if (routed.length < envelope.recipients.length) throw new Error('a recipient of this message has no route')
  return batchByRoute(routed)
}
