// SPDX-License-Identifier: Apache-2.0
/** The only maker of the real Clock and Ids. */
import { randomBytes, randomInt } from 'node:crypto'
import type { EpochMs, QueueId, SessionId } from '../core/brand.ts'
import type { Clock, Ids } from '../core/ports.ts'

/** Rejects with the signal's own reason: node's makes an error, with its stack, for each sleep that is cut short. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const giveUp = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', giveUp)
      resolve()
    }, ms)
    signal?.addEventListener('abort', giveUp, { once: true })
  })
}

export const realClock: Clock = {
  now: () => Date.now() as EpochMs,
  sleep,
}

/** Without letters that look alike (Crockford's base 32). */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const timeDigits = 10
const tailDigits = 5
const tailSpace = 32 ** tailDigits

/** Queue ids sort by time of arrival and are never the same twice in one process, nor likely in two. */
export function realIds(clock: Clock): Ids {
  let last = 0
  let tail = 0
  return {
    queueId: () => {
      const now = Math.max(clock.now(), last)
      // Within a millisecond the tail only grows, and its first value leaves room to grow.
      if (now === last && tail + 1 < tailSpace) tail++
      else {
        last = now === last ? now + 1 : now
        tail = randomInt(tailSpace / 2)
      }
      return `${encode(last, timeDigits)}${encode(tail, tailDigits)}` as QueueId
    },
    sessionId: () => randomBytes(8).toString('base64url') as SessionId,
  }
}

function encode(value: number, width: number): string {
  let out = ''
  for (let rest = value, i = 0; i < width; i++, rest = Math.floor(rest / 32)) out = (digits[rest % 32] ?? '0') + out
  return out
}
