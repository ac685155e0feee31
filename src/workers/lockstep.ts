// SPDX-License-Identifier: Apache-2.0
/**
 * Messages that wait together go through their examination in step: each takes a step, then each the next. Code and
 * tables of a step are many times faster for the second message than for the first, and all of them together are more
 * than a core's caches hold: one message behind the other would find them cold at every step.
 */
import type { Steps } from '../kit/steps.ts'

/** At most so many go together: of more, what each keeps would push the tables out. */
const maxTogether = 16
/** Bytes of all that go together. */
const maxBytes = 1 << 20
/** A larger message goes alone: most that it needs is its own, and others need not wait for it. */
const maxOfOne = 128 * 1024
/** Milliseconds that a walk should take at most: so long no other message is begun, and no answer heard. */
const maxWalkMs = 60

interface Walker {
  readonly steps: Steps<unknown>
  readonly bytes: number
  readonly onTurn: () => void
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

export class Lockstep {
  readonly #beforeWalk: () => void
  readonly #waiting: Walker[] = []
  /** Milliseconds that a message took lately. */
  #cost = 1

  /** @param beforeWalk what should not wait until the thread is free again */
  constructor(beforeWalk: () => void) {
    this.#beforeWalk = beforeWalk
  }

  /**
   * Resolves with what the steps return, or rejects with what they throw.
   * @param bytes the size of the message
   * @param onTurn called before each step
   */
  run<T>(steps: Steps<T>, bytes: number, onTurn: () => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // What comes out of these steps goes to this promise.
    if (this.#waiting.push({ steps, bytes, onTurn, resolve: resolve as Walker['resolve'], reject }) === 1)
      setImmediate(() => this.#walk())
    return promise
  }

  #walk(): void {
    this.#beforeWalk()
    const walkers = this.#take()
    if (this.#waiting.length > 0) setImmediate(() => this.#walk())
    const start = performance.now()
    for (let going: readonly Walker[] = walkers; going.length > 0; ) going = going.filter(goesOn)
    this.#cost = (this.#cost + (performance.now() - start) / walkers.length) / 2
  }

  /** Those that came first, and at least one. */
  #take(): Walker[] {
    const most = Math.max(1, Math.min(maxTogether, Math.floor(maxWalkMs / this.#cost)))
    let [count, bytes] = [0, 0]
    while (count < Math.min(most, this.#waiting.length)) {
      const own = this.#waiting[count]?.bytes ?? 0
      bytes += own > maxOfOne ? maxBytes : own
      if (count > 0 && bytes > maxBytes) break
      count++
    }
    return this.#waiting.splice(0, count)
  }
}

/** Takes its next step; false when that was the last. */
function goesOn({ steps, onTurn, resolve, reject }: Walker): boolean {
  try {
    onTurn()
    const { done, value } = steps.next()
    if (done === true) resolve(value)
    return done !== true
  } catch (error) {
    reject(error)
    return false
  }
}
