// SPDX-License-Identifier: Apache-2.0
/** The Resolver port inside a worker: questions go to the main thread, whose cache and deadlines answer. */
import type { DnsAnswer, Resolver } from '../core/ports.ts'
import type { DnsQuestion } from './protocol.ts'

export interface RemoteResolver extends Resolver {
  /** An answer from the main thread. */
  settle(id: number, answer: DnsAnswer<unknown>): void
}

const aborted: DnsAnswer<never> = { kind: 'tempfail', because: 'the time for this message is over' }

export function remoteResolver(ask: (id: number, question: DnsQuestion) => void): RemoteResolver {
  const pending = new Map<number, (answer: DnsAnswer<unknown>) => void>()
  let nextId = 1

  const query = <T>(kind: DnsQuestion['kind'], name: string, signal?: AbortSignal): Promise<DnsAnswer<T>> => {
    if (signal?.aborted) return Promise.resolve(aborted)
    const id = nextId++
    return new Promise((resolve) => {
      const settle = (answer: DnsAnswer<unknown>) => {
        pending.delete(id)
        signal?.removeEventListener('abort', giveUp)
        // The main thread answers a question of this kind with records of this kind.
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
