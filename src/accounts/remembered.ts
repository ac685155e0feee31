// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '../core/ports.ts'
import type { AccountStore } from '../core/stores.ts'
import { Lru } from '../kit/lru.ts'

const maxRemembered = 10_000
const rememberMs = 5000

/**
 * The lookups of an account store, for who asks the same again with each message: an account that was found is not asked
 * for again for five seconds, even where another program removes it meanwhile. Who was not found is asked for each time, so
 * that a new account receives mail at once.
 */
export function rememberedAccounts(
  store: Pick<AccountStore, 'byAddress' | 'byName'>,
  clock: Clock,
): Pick<AccountStore, 'byAddress' | 'byName'> {
  const remember = (look: AccountStore['byName']): AccountStore['byName'] => {
    const known = new Lru<string, NonNullable<Awaited<ReturnType<typeof look>>>>(maxRemembered)
    return async (key) => {
      const now = clock.now()
      const remembered = known.get(key, now)
      if (remembered !== undefined) return remembered
      const found = await look(key)
      if (found !== null) known.set(key, found, now + rememberMs)
      return found
    }
  }
  return { byAddress: remember((key) => store.byAddress(key)), byName: remember((key) => store.byName(key)) }
}
