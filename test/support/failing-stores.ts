// SPDX-License-Identifier: Apache-2.0
import type { Stores } from '../../src/core/stores.ts'

/**
 * Stores of which chosen calls fail, for error paths. fails is asked at each call ("queue.add"); with "after" the call
 * is done and only its answer is lost, as when a worker dies at the wrong moment.
 */
export function failingStores(stores: Stores, fails: (call: string) => 'no' | 'before' | 'after'): Stores {
  const wrap = (prefix: string, store: object): object =>
    new Proxy(store, {
      get(target, method) {
        const real = Reflect.get(target, method) as unknown
        if (typeof real !== 'function' || typeof method !== 'string') return real
        return async (...args: unknown[]): Promise<unknown> => {
          const how = fails(`${prefix}.${method}`)
          if (how === 'before') throw new Error(`${prefix}.${method} fails`)
          const value: unknown = await real.apply(target, args)
          if (how === 'after') throw new Error(`the answer of ${prefix}.${method} is lost`)
          return value
        }
      },
    })
  const names = ['greylist', 'counters', 'accounts', 'queue', 'quarantine'] as const
  const wrapped = Object.fromEntries(names.map((name) => [name, wrap(name, stores[name])]))
  return { ...(wrapped as Omit<Stores, symbol>), [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose]() } as Stores
}
