// SPDX-License-Identifier: Apache-2.0

export interface Backoff {
  readonly minMs: number
  readonly maxMs: number
  /** Share of the wait that is left to chance, 0..1: peers that failed together must not come back together. */
  readonly jitter: number
}

/**
 * How long to wait after the nth failure (1 is the first): minMs, doubled each time, never over maxMs, then made
 * shorter or longer by up to half the jitter. random is in 0..1.
 */
export function backoffMs(backoff: Backoff, failures: number, random: number): number {
  const doublings = Math.min(Math.max(failures, 1) - 1, 40)
  const base = Math.min(backoff.minMs * 2 ** doublings, backoff.maxMs)
  return Math.round(Math.max(base * (1 + backoff.jitter * (random - 0.5)), 0))
}
