// SPDX-License-Identifier: Apache-2.0
/**
 * The Resolver port inside a worker: questions go to the main thread, whose cache and deadlines answer. What was
 * answered is kept here for a moment, since asking another thread costs more than most answers are worth.
 */
import type { Clock, DnsAnswer, Resolver } from '../core/ports.ts'
import { Lru } from '../kit/lru.ts'
import type { DnsQuestion } from './protocol.ts'

export interface RemoteResolver extends Resolver {
  /** An answer from the main thread. */
  settle(id: number, answer: DnsAnswer<unknown>): void
}

const aborted: DnsAnswer<never> = { kind: 'tempfail', because: 'the time for this message is over' }
/** Milliseconds for which an answer is kept; a shorter TTL is obeyed. */
const keepMs = 60_000
const maxKept = 4096

export function remoteResolver(ask: (id: number, question: DnsQuestion) => void, clock: Clock): RemoteResolver {
  const pending = new Map<number, (answer: DnsAnswer<unknown>) => void>()
  const kept = new Lru<string, DnsAnswer<unknown>>(maxKept)
  let nextId = 1

  const keep = (key: string, answer: DnsAnswer<unknown>) => {
    if (answer.kind === 'tempfail') return
    const ttlMs = answer.kind === 'found' ? answer.ttlSeconds * 1000 : keepMs
    // A TTL of zero is one that the platform does not tell (dns/cache.ts).
    kept.set(key, answer, clock.now() + (ttlMs === 0 ? keepMs : Math.min(ttlMs, keepMs)))
  }
  const query = <T>(kind: DnsQuestion['kind'], name: string, signal?: AbortSignal): Promise<DnsAnswer<T>> => {
    if (signal?.aborted) return Promise.resolve(aborted)
    const key = `${kind} ${name}`
    // The main thread answers a question of this kind with records of this kind.
    const known = kept.get(key, clock.now()) as DnsAnswer<T> | undefined
    if (known !== undefined) return Promise.resolve(known)
    const id = nextId++
    return new Promise((resolve) => {
      const settle = (answer: DnsAnswer<unknown>) => {
        pending.delete(id)
        signal?.removeEventListener('abort', giveUp)
        if (answer !== aborted) keep(key, answer)
        resolve(answer as DnsAnswer<T>)
      }
      const giveUp = () => settle(aborted)
      pending.set(id, settle)
      signal?.addEventListener('abort', giveUp, { once: true })
      ask(id, { kind, name })
    })
  }

  return {
    a: (name, signal) => query('a', name, signal),
    aaaa: (name, signal) => query('aaaa', name, signal),
    mx: (name, signal) => query('mx', name, signal),
    ns: (name, signal) => query('ns', name, signal),
    txt: (name, signal) => query('txt', name, signal),
    cname: (name, signal) => query('cname', name, signal),
    ptr: (ip, signal) => query('ptr', ip, signal),
    settle: (id, answer) => pending.get(id)?.(answer),
  }
}
