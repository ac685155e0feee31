// SPDX-License-Identifier: Apache-2.0
/**
 * The Resolver port inside a worker: questions go to the main thread, whose cache and deadlines answer. What was
 * answered is kept here as well, since asking another thread costs more than most answers are worth: never longer than
 * the main thread's cache keeps it, nor longer than a minute.
 */
import type { Clock, DnsAnswer, RecordKind, Resolver } from '../core/ports.ts'
import { Lru } from '../kit/lru.ts'
import type { DnsQuestion } from './protocol.ts'

export interface RemoteResolver extends Resolver {
  /** An answer from the main thread, and when it forgets it. */
  settle(id: number, answer: DnsAnswer<unknown>, until: number): void
}

const aborted: DnsAnswer<never> = { kind: 'tempfail', because: 'the time for this message is over' }
/** Milliseconds for which an answer is kept at most. */
const keepMs = 60_000
const maxKept = 4096

interface Held {
  readonly answer: DnsAnswer<unknown>
  readonly until: number
}

export function remoteResolver(ask: (id: number, question: DnsQuestion) => void, clock: Clock): RemoteResolver {
  const pending = new Map<number, (answer: DnsAnswer<unknown>, until: number) => void>()
  const kept = new Lru<string, Held>(maxKept)
  let nextId = 1

  const known = (kind: RecordKind, name: string) => kept.get(`${kind} ${name}`, clock.now())
  const query = <T>(kind: RecordKind, name: string, signal?: AbortSignal): Promise<DnsAnswer<T>> => {
    if (signal?.aborted) return Promise.resolve(aborted)
    // The main thread answers a question of this kind with records of this kind.
    const held = known(kind, name)?.answer as DnsAnswer<T> | undefined
    if (held !== undefined) return Promise.resolve(held)
    const id = nextId++
    return new Promise((resolve) => {
      const settle = (answer: DnsAnswer<unknown>, until: number) => {
        pending.delete(id)
        signal?.removeEventListener('abort', giveUp)
        const ends = Math.min(until, clock.now() + keepMs)
        if (ends > clock.now()) kept.set(`${kind} ${name}`, { answer, until: ends }, ends)
        resolve(answer as DnsAnswer<T>)
      }
      const giveUp = () => settle(aborted, 0)
      pending.set(id, settle)
      signal?.addEventListener('abort', giveUp, { once: true })
      ask(id, { kind, name })
    })
  }

  return {
    known,
    a: (name, signal) => query('a', name, signal),
    aaaa: (name, signal) => query('aaaa', name, signal),
    mx: (name, signal) => query('mx', name, signal),
    ns: (name, signal) => query('ns', name, signal),
    txt: (name, signal) => query('txt', name, signal),
    cname: (name, signal) => query('cname', name, signal),
    ptr: (ip, signal) => query('ptr', ip, signal),
    settle: (id, answer, until) => pending.get(id)?.(answer, until),
  }
}
