// SPDX-License-Identifier: Apache-2.0

/** Something that could not be closed, or not in time. */
export interface DisposalTrouble {
  readonly name: string
  readonly cause: unknown
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`not closed within ${ms} ms`)), ms)
  try {
    await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * What was opened last is closed first. Unlike AsyncDisposableStack each closing has a name and a deadline, and one
 * that fails is reported and does not hide the others.
 */
export class Disposal implements AsyncDisposable {
  readonly #closers: { readonly name: string; readonly deadlineMs: number; readonly close: () => Promise<void> }[] = []
  readonly #report: (trouble: DisposalTrouble) => void

  constructor(report: (trouble: DisposalTrouble) => void) {
    this.#report = report
  }

  /** Remembers how to close something; returns at once. */
  defer(name: string, deadlineMs: number, close: () => Promise<void> | void): void {
    this.#closers.push({ name, deadlineMs, close: async () => close() })
  }

  /** Remembers a resource and returns it. */
  use<T extends AsyncDisposable>(name: string, deadlineMs: number, resource: T): T {
    this.defer(name, deadlineMs, async () => resource[Symbol.asyncDispose]())
    return resource
  }

  /** Closes everything; never throws. A second call finds nothing to do. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let next = this.#closers.pop(); next !== undefined; next = this.#closers.pop()) {
      try {
        await within(next.deadlineMs, next.close())
      } catch (cause) {
        this.#report({ name: next.name, cause })
      }
    }
  }
}
