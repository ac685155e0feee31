// SPDX-License-Identifier: Apache-2.0
/** Who goes next: leases what is due, shares the slots fairly among destinations, and drains when stopped. */
import type { EpochMs, QueueId } from '../core/brand.ts'
import { destinationOf, type QueueEntry } from '../core/stores.ts'
import { type AttemptOptions, attempt } from './attempt.ts'
import { type ConcurrencyPolicy, Destination } from './destination.ts'
import type { Reservation } from './queue.ts'

export interface SchedulerOptions extends AttemptOptions {
  readonly concurrency: ConcurrencyPolicy
  /** Deliveries at once to all destinations together. */
  readonly maxRunning: number
  /** Entries leased at once, running ones included. */
  readonly maxInHand: number
  readonly leaseMs: number
  /** Longest sleep, for entries that another process made due. */
  readonly pollMs: number
  /** How long stop() waits for deliveries to end by themselves before it aborts them. */
  readonly drainMs: number
}

/** Entries leased in one go: more would fill all hands with one slow destination before it is known to be slow. */
const leaseBatch = 50

/** Counting a large queue takes a while. */
const gaugeEveryMs = 10_000

export class Scheduler {
  readonly #options: SchedulerOptions
  /** In the order in which they are served; one that got a slot goes to the end. */
  readonly #destinations = new Map<string, Destination>()
  readonly #inHand = new Map<QueueId, QueueEntry>()
  readonly #running = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  #nap: AbortController | null = null
  #woken = false
  #stopping = false
  #loops: Promise<unknown> | null = null
  #gaugedAt = 0
  /** Entries that are just being added to the store for us. */
  #reserved = 0
  /** The store has entries that were left there for want of room. */
  #leftSome = true

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  start(): void {
    this.#loops ??= Promise.all([this.#leaseLoop(), this.#renewLoop()])
  }

  /** Something may have become due. */
  wake(): void {
    this.#woken = true
    this.#nap?.abort()
  }

  /** Room for entries that are just coming in; null: the store will hand them out in their turn. */
  reserve(entries: readonly QueueEntry[]): Reservation | null {
    const { clock, holder, leaseMs, maxInHand } = this.#options
    const now = clock.now()
    if (this.#loops === null || this.#stopping) return null
    const destinations = entries.map(({ route }) => this.#destinationFor(destinationOf(route)))
    const isFull = this.#inHand.size + this.#reserved + entries.length > maxInHand
    if (isFull || !destinations.every((one) => one.mayTake(maxInHand / 2, now))) {
      for (const destination of destinations) destination.behind = true
      return null
    }
    this.#reserved += entries.length
    const cancel = () => {
      this.#reserved -= entries.length
    }
    const take = () => {
      this.#reserved -= entries.length
      for (const entry of entries) this.#take(entry)
      this.#serve()
    }
    return { lease: { holder, until: (now + leaseMs) as EpochMs }, take, cancel }
  }

  /** Starts nothing new, lets deliveries end, aborts those that dawdle; what was not begun is free again at once. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.wake()
    const { clock, drainMs, holder, store } = this.#options
    const drained = new AbortController()
    const drain = Promise.all(this.#running).finally(() => drained.abort())
    const late = clock.sleep(drainMs, drained.signal).then(
      () => this.#abort.abort(new Error('the gateway stops')),
      () => undefined,
    )
    await Promise.all([drain, late])
    this.#abort.abort(new Error('the gateway stops'))
    await this.#loops
    await store.reclaim(holder).catch((error: unknown) => this.#options.log.error('queue.reclaim_failed', error))
  }

  async #leaseLoop(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false
      let leased = 0
      try {
        leased = await this.#lease()
        if (leased === 0) await this.#rest()
      } catch (error) {
        // The stores are in trouble; nothing is lost by waiting.
        this.#options.log.error('queue.lease_failed', error)
        await this.#sleep(this.#options.pollMs)
      }
    }
  }

  async #lease(): Promise<number> {
    const { clock, holder, leaseMs, maxInHand, store } = this.#options
    const room = maxInHand - this.#inHand.size - this.#reserved
    this.#leftSome = room <= 0
    if (room <= 0) return 0
    const now = clock.now()
    const until = (now + leaseMs) as EpochMs
    const skip = this.#saturated()
    const entries = await store.lease(holder, now, until, Math.min(room, leaseBatch), skip)
    this.#leftSome ||= skip.length > 0
    for (const entry of entries) this.#take(entry)
    if (entries.length < Math.min(room, leaseBatch)) this.#caughtUp(skip)
    this.#serve()
    return entries.length
  }

  /** Nothing that is due was left in the store, but for these. */
  #caughtUp(skipped: readonly string[]): void {
    for (const [key, destination] of this.#destinations) if (!skipped.includes(key)) destination.behind = false
  }

  #take(entry: QueueEntry): void {
    // Its lease lapsed while we still deliver it (a clock that jumped): once is enough.
    if (this.#inHand.has(entry.id)) return
    this.#inHand.set(entry.id, entry)
    this.#destinationFor(destinationOf(entry.route)).waiting.push(entry)
  }

  #destinationFor(key: string): Destination {
    const destination = this.#destinations.get(key) ?? new Destination(this.#options.concurrency)
    this.#destinations.set(key, destination)
    return destination
  }

  #saturated(): string[] {
    return [...this.#destinations].filter(([, destination]) => destination.saturated).map(([key]) => key)
  }

  /** Gives free slots away, one to each destination in turn. */
  #serve(): void {
    while (!this.#stopping && this.#running.size < this.#options.maxRunning) {
      const next = [...this.#destinations].find(([, destination]) => destination.mayStart)
      if (next === undefined) return
      const [key, destination] = next
      const entry = destination.waiting.shift()
      if (entry === undefined) return
      this.#destinations.delete(key)
      this.#destinations.set(key, destination)
      this.#run(key, destination, entry)
    }
  }

  #run(key: string, destination: Destination, entry: QueueEntry): void {
    const { clock, log } = this.#options
    destination.running += 1
    const suspended = destination.suspended(clock.now())
    const work = attempt(this.#options, entry, this.#abort.signal, suspended)
      .then(
        (outcomes) => {
          if (outcomes !== null && suspended === null) destination.learn(outcomes, clock.now())
          return outcomes !== null && [...outcomes.values()].every(({ kind }) => kind === 'delivered')
        },
        (error: unknown) => {
          log.error('queue.settle_failed', error, { queueId: entry.id })
          return false
        },
      )
      .then((done) => {
        destination.running -= 1
        this.#running.delete(work)
        this.#inHand.delete(entry.id)
        if (destination.idle && !destination.remembers(clock.now())) this.#destinations.delete(key)
        this.#serve()
        if (!done || this.#leftSome) this.wake()
      })
    this.#running.add(work)
  }

  async #rest(): Promise<void> {
    const { clock, pollMs, store } = this.#options
    const now = clock.now()
    await this.#gauge(now)
    for (const [key, destination] of this.#destinations) {
      if (destination.idle && !destination.remembers(now)) this.#destinations.delete(key)
    }
    const due = await store.nextDue(now, this.#saturated())
    const wait = due === null ? pollMs : Math.min(Math.max(due - now, 0), pollMs)
    // With full hands what is due must wait for a delivery to end, which wakes us.
    await this.#sleep(wait === 0 && this.#inHand.size > 0 ? pollMs : wait)
  }

  async #gauge(now: EpochMs): Promise<void> {
    if (now - this.#gaugedAt < gaugeEveryMs) return
    this.#gaugedAt = now
    const { meter, store } = this.#options
    const depth = await store.depth()
    meter.gauge('postern_queue_entries', depth.waiting, { state: 'waiting' })
    meter.gauge('postern_queue_entries', depth.held, { state: 'held' })
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#woken || this.#stopping) return
    this.#nap = new AbortController()
    await this.#options.clock.sleep(ms, this.#nap.signal).catch(() => undefined)
    this.#nap = null
  }

  async #renewLoop(): Promise<void> {
    const { clock, holder, leaseMs, log, store } = this.#options
    while (!this.#abort.signal.aborted) {
      const slept = await clock.sleep(leaseMs / 3, this.#abort.signal).then(
        () => true,
        () => false,
      )
      if (!slept || this.#inHand.size === 0) continue
      const until = (clock.now() + leaseMs) as EpochMs
      await store
        .renew(holder, [...this.#inHand.keys()], until)
        .catch((error: unknown) => log.error('queue.renew_failed', error))
    }
  }
}
