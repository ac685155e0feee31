// SPDX-License-Identifier: Apache-2.0
/** Couriers with short patience, a DNS made of a table, and jobs for them. */
import type { BlobId, QueueId } from '../../src/core/brand.ts'
import type { DeliveryJob, DeliveryOutcome } from '../../src/core/delivery.ts'
import type { Envelope, Recipient } from '../../src/core/envelope.ts'
import type { DnsAnswer, MxRecord, Resolver } from '../../src/core/ports.ts'
import { type CouriersOptions, deliveryDefaults, openCouriers } from '../../src/delivery/open.ts'
import type { RemoteRoute } from '../../src/delivery/target.ts'
import { TlsPolicies } from '../../src/delivery/tls-policy.ts'
import { MemoryBlobs } from '../../src/store/memory/blobs.ts'
import { anEnvelope, HandClock, LineLog, noMeter } from './custody.ts'

export interface Zone {
  readonly mx?: Readonly<Record<string, readonly MxRecord[] | 'tempfail' | 'nxdomain'>>
  readonly a?: Readonly<Record<string, readonly string[] | 'tempfail'>>
}

function answerOf<T>(found: readonly T[] | 'tempfail' | 'nxdomain' | undefined): DnsAnswer<T> {
  if (found === 'tempfail') return { kind: 'tempfail', because: 'timeout' }
  if (found === 'nxdomain') return { kind: 'nxdomain' }
  return found === undefined ? { kind: 'nodata' } : { kind: 'found', records: found, ttlSeconds: 60, secure: false }
}

/** Asked for anything but A and MX it knows of nothing. */
export function zone({ mx = {}, a = {} }: Zone): Resolver {
  const nothing = async () => ({ kind: 'nodata' }) as const
  return {
    mx: async (name) => answerOf(mx[name]),
    a: async (name) => answerOf(a[name]),
    aaaa: nothing,
    ns: nothing,
    txt: nothing,
    cname: nothing,
    ptr: nothing,
  }
}

/** For peers that hang: who is loaded must not seem to. */
export const impatient: Pick<CouriersOptions, 'session'> = {
  session: {
    ehloName: 'gw.example.org',
    ca: null,
    limits: { connectMs: 300, commandMs: 150, transferMs: 300, finalMs: 300 },
  },
}

export function someCouriers(more: Partial<CouriersOptions> & { readonly zone?: Zone } = {}) {
  const log = new LineLog()
  const couriers = openCouriers({
    ...deliveryDefaults,
    clock: new HandClock(),
    log,
    meter: noMeter,
    mx: {
      dns: zone(more.zone ?? {}),
      random: () => 0.5,
      ownNames: new Set(['gw.example.org']),
      isOwnAddress: () => false,
      family: 'any',
    },
    tls: new TlsPolicies({ table: new Map(), fallback: 'may', domains: [], hosts: [] }),
    credentialsFor: async () => null,
    originFor: () => 'none',
    fallback: [],
    pipe: { enabled: false, user: null, recipientDelimiter: '+', timeoutMs: 5_000 },
    session: {
      ehloName: 'gw.example.org',
      ca: null,
      limits: { connectMs: 5_000, commandMs: 5_000, transferMs: 5_000, finalMs: 5_000 },
    },
    shelf: { deliver: async () => undefined },
    accountFor: async () => null,
    ...more,
  })
  return Object.assign(couriers, { log })
}

export async function aJob(bytes: Uint8Array | string, more: Partial<Envelope> = {}): Promise<DeliveryJob> {
  const blob = await new MemoryBlobs(new HandClock()).put(Buffer.from(bytes))
  return {
    queueId: 'Q1' as QueueId,
    envelope: anEnvelope(more),
    blob: { ...blob, id: 'B1' as BlobId },
    folder: 'INBOX',
    attempt: 1,
  }
}

export function localRoute(kind: 'smtp' | 'lmtp' | 'mx', port: number, host = '127.0.0.1'): RemoteRoute {
  return { kind, host, port, url: `${kind}://${host}:${port}` }
}

/** "kind code enhanced" of each recipient, in their order. */
export function summary(job: DeliveryJob, outcomes: ReadonlyMap<Recipient, DeliveryOutcome>): string[] {
  return job.envelope.recipients.map((recipient) => {
    const outcome = outcomes.get(recipient)
    if (outcome === undefined) return 'silence'
    return `${outcome.kind} ${outcome.reply?.code} ${outcome.reply?.enhanced}`
  })
}
