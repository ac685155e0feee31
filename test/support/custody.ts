// SPDX-License-Identifier: Apache-2.0
/** Builders and fakes for what is in custody: envelopes, entries, a clock moved by hand, a log that remembers. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAddress } from '../../src/core/address.ts'
import type { BlobId, EpochMs, QueueId } from '../../src/core/brand.ts'
import type { Envelope, Recipient } from '../../src/core/envelope.ts'
import type { Clock, LogFields, Logger, Meter } from '../../src/core/ports.ts'
import type { QuarantineEntry, QueueEntry } from '../../src/core/stores.ts'

export const epoch = 1_750_000_000_000 as EpochMs

export function at(ms: number): EpochMs {
  return (epoch + ms) as EpochMs
}

export function address(text: string) {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(`not an address: ${text}`)
  return parsed
}

export function aRecipient(text: string, more: Partial<Recipient> = {}): Recipient {
  return { address: address(text), original: text, addressClass: 'relay', notify: [], ...more }
}

export function anEnvelope(more: Partial<Envelope> = {}): Envelope {
  return {
    reversePath: address('sender@example.net'),
    recipients: [aRecipient('user@example.org')],
    body: '8bitmime',
    smtpUtf8: false,
    requireTls: false,
    declaredSize: null,
    envid: null,
    dsnReturns: null,
    ...more,
  }
}

export function anEntry(id: string, more: Partial<QueueEntry> = {}): QueueEntry {
  return {
    id: id as QueueId,
    blob: `B-${id}` as BlobId,
    sizeBytes: 10,
    envelope: anEnvelope(),
    route: { kind: 'smtp', host: 'mx.example.org', port: 25, url: 'smtp://mx.example.org:25' },
    folder: 'INBOX',
    arrivedAt: epoch,
    due: epoch,
    attempts: 0,
    lastReply: null,
    warned: false,
    returnable: true,
    held: false,
    ...more,
  }
}

export function aHeldEntry(id: string, more: Partial<QuarantineEntry> = {}): QuarantineEntry {
  return {
    id: id as QueueId,
    blob: `B-${id}` as BlobId,
    sizeBytes: 10,
    envelope: anEnvelope(),
    heldAt: epoch,
    score: 12.5,
    because: 'score',
    evidence: '[]',
    ...more,
  }
}

/** Time that stands still until it is moved. */
export class HandClock implements Clock {
  #now: number = epoch
  #sleepers: { readonly until: number; readonly wake: () => void }[] = []

  now(): EpochMs {
    return this.#now as EpochMs
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const sleeper = { until: this.#now + ms, wake: resolve }
    this.#sleepers.push(sleeper)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    return promise
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#sleepers.filter((sleeper) => sleeper.until <= this.#now)
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.until > this.#now)
    for (const sleeper of due) sleeper.wake()
  }
}

export interface LogLine {
  readonly level: string
  readonly event: string
  readonly fields: LogFields
}

export class LineLog implements Logger {
  readonly lines: LogLine[]
  readonly #fields: LogFields

  constructor(lines: LogLine[] = [], fields: LogFields = {}) {
    this.lines = lines
    this.#fields = fields
  }

  child(fields: LogFields): Logger {
    return new LineLog(this.lines, { ...this.#fields, ...fields })
  }

  debug(event: string, fields?: LogFields): void {
    this.#add('debug', event, fields)
  }

  info(event: string, fields?: LogFields): void {
    this.#add('info', event, fields)
  }

  warn(event: string, fields?: LogFields): void {
    this.#add('warn', event, fields)
  }

  error(event: string, cause: unknown, fields?: LogFields): void {
    this.#add('error', event, { ...fields, cause: cause instanceof Error ? cause.message : String(cause) })
  }

  of(event: string): LogFields[] {
    return this.lines.filter((line) => line.event === event).map((line) => line.fields)
  }

  #add(level: string, event: string, fields: LogFields = {}): void {
    this.lines.push({ level, event, fields: { ...this.#fields, ...fields } })
  }
}

export const noMeter: Meter = { count: () => undefined, observe: () => undefined, gauge: () => undefined }

/** A folder of its own, removed at the end. */
export async function tempFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'postern-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Waits for something that other work brings about; a test's own deadline ends a wait in vain. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 5_000; turn++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error('waited in vain')
}
