// SPDX-License-Identifier: Apache-2.0
/**
 * Writes the history. It is for people who ask later, not a promise to a client: a record is written within a second,
 * mail never waits for it, and a crash or a full disk loses records and no mail.
 */
import { appendFile, mkdir, stat, unlink } from 'node:fs/promises'
import type { Clock, Logger, Meter } from '../core/ports.ts'
import { dayFile, dayOf, listDays } from './days.ts'
import { bounded, type HistoryRecord } from './record.ts'

export interface JournalOptions {
  readonly folder: string
  /** Milliseconds after which a day's file is deleted. */
  readonly keepMs: number
  /** Bytes of one day's file; what comes after is not kept. */
  readonly dayLimit: number
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

const flushMs = 500
/** Bytes that wait for a disk that is slow; beyond it records are dropped. */
const maxWaiting = 16 * 1024 * 1024

export class Journal implements AsyncDisposable {
  readonly #options: JournalOptions
  readonly #closing = new AbortController()
  #waiting: { readonly day: string; readonly line: string }[] = []
  #waitingBytes = 0
  #dropped = 0
  #day = ''
  #dayBytes = 0
  readonly #done: Promise<void>

  constructor(options: JournalOptions) {
    this.#options = options
    this.#done = this.#run()
  }

  /** Returns at once, and never throws. */
  add(record: HistoryRecord): void {
    const line = `${JSON.stringify(bounded(record))}\n`
    if (this.#waitingBytes + line.length > maxWaiting) {
      this.#dropped++
      return
    }
    this.#waitingBytes += line.length
    this.#waiting.push({ day: dayOf(record.at), line })
  }

  /** Writes what still waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#done
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options
    const { signal } = this.#closing
    const flush = () => this.#flush().catch((error: unknown) => log.error('history.not_written', error))
    while (!signal.aborted) {
      await clock.sleep(flushMs, signal).catch(() => undefined)
      await flush()
    }
    await flush()
  }

  async #flush(): Promise<void> {
    const lines = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const [day, group] of Map.groupBy(lines, (one) => one.day)) {
      if (day !== this.#day) await this.#turn(day)
      await this.#append(
        day,
        group.map(({ line }) => line),
      )
    }
    if (this.#dropped === 0) return
    this.#options.log.warn('history.dropped', { records: this.#dropped })
    this.#options.meter.count('postern_history_records_total', { result: 'dropped' }, this.#dropped)
    this.#dropped = 0
  }

  async #append(day: string, lines: readonly string[]): Promise<void> {
    const { folder, dayLimit, meter } = this.#options
    const kept = lines.filter((line) => {
      const fits = this.#dayBytes + line.length <= dayLimit
      if (fits) this.#dayBytes += line.length
      return fits
    })
    this.#dropped += lines.length - kept.length
    if (kept.length === 0) return
    // Addresses of our users and what was said about their mail: for the service alone.
    await appendFile(dayFile(folder, day), kept.join(''), { mode: 0o600 })
    meter.count('postern_history_records_total', { result: 'written' }, kept.length)
  }

  /** A new day: its file may be there from before a restart; those that are too old go. */
  async #turn(day: string): Promise<void> {
    const { folder, keepMs, clock } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    this.#day = day
    this.#dayBytes = await stat(dayFile(folder, day)).then(
      ({ size }) => size,
      () => 0,
    )
    const oldest = dayOf(new Date(clock.now() - keepMs).toISOString())
    for (const old of await listDays(folder)) if (old < oldest) await unlink(dayFile(folder, old))
  }
}
