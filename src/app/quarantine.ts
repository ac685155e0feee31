// SPDX-License-Identifier: Apache-2.0
/** The quarantine, opened the same way by the service and by the commands. */
import type { LoadedConfig } from '../config/load.ts'
import type { Envelope } from '../core/envelope.ts'
import type { Blob } from '../core/message.ts'
import { editHeaders } from '../message/edit.ts'
import { type HoldOptions, sealFactsOf } from '../quarantine/hold.ts'
import { Quarantine } from '../quarantine/quarantine.ts'
import type { Queue } from '../queue/queue.ts'
import { batchByRoute, type RouteBatch } from '../queue/route.ts'
import type { Routes } from './routes.ts'
import type { Signer } from './signer.ts'

export interface QuarantinePorts extends HoldOptions {
  readonly queue: Queue
  readonly routes: Routes
  /** ARC sets for what is released to others; without it that is not sealed. */
  readonly seal?: Signer['seal'] | undefined
  /** Told of a message that a person released: it was wanted. */
  readonly onReleased?: ((raw: Uint8Array) => void | Promise<void>) | undefined
}

/**
 * What is released goes into the queue, and from there to its recipients: byte for byte, with an ARC set on top where it
 * leaves us and we seal. That is made now, since a key may have been replaced since the message was held.
 */
export function openQuarantine(
  { config }: LoadedConfig,
  { queue, routes, seal, onReleased, ...ports }: QuarantinePorts,
): Quarantine {
  // Without a sealer a large message need not be held in memory.
  const sealer = config.msgauth.arc_seal === '' ? undefined : seal
  return new Quarantine({
    ...ports,
    lifetimeMs: config.quarantine.lifetime,
    redeliver: async (entry, blob) => {
      const { id, envelope } = entry
      const batches = batchesOf(envelope, routes)
      const leavesUs = batches.some(({ route }) => route.kind !== 'maildir')
      const auth = sealer !== undefined && leavesUs ? sealFactsOf(entry) : undefined
      const held = auth === undefined ? await contentOf(blob) : await blob.bytes()
      const whole = held instanceof Uint8Array ? held : null
      const edits = whole === null || auth === undefined ? [] : await sealer?.(whole, auth)
      const bytes = whole === null ? held : editHeaders(whole, edits ?? [])
      await queue.enqueue({ id, bytes, envelope, folder: 'INBOX', batches, returnable: false })
      if (whole !== null && blob.size <= maxInMemory) await onReleased?.(whole)
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
