// SPDX-License-Identifier: Apache-2.0
/** Failed logins cost tokens: of the address, of its network and of the account. Without a token no password is looked at. */
import { parseIp, printIp } from '../kit/cidr.ts'
import { Lru } from '../kit/lru.ts'
import { type BucketRate, TokenBuckets } from '../kit/token-bucket.ts'

export interface ThrottleRates {
  readonly address: BucketRate
  /** IPv4 /24 or IPv6 /64: who has one address there has them all. */
  readonly network: BucketRate
  readonly account: BucketRate
}

export const defaultThrottle: ThrottleRates = {
  address: { burst: 10, refillMs: 60_000 },
  network: { burst: 60, refillMs: 10_000 },
  account: { burst: 20, refillMs: 30_000 },
}

/** Keys of each kind that are remembered. */
const capacity = 20_000
/** How long a client that knew an account's password is not locked out by others' guesses. */
const friendMs = 30 * 24 * 3_600_000

function networkOf(ip: string): string {
  const words = parseIp(ip)
  if (words === null) return ip
  const [first = 0, second = 0] = words
  return printIp(words.length === 1 ? [(first & 0xffffff00) >>> 0] : [first, second, 0, 0])
}

/** A permission to try one password. */
export interface LoginTry {
  /** The password was right: the tokens come back. */
  succeeded(): void
  /** Nobody judged the password: the tokens come back. */
  notJudged(): void
}

export class LoginThrottle {
  readonly #addresses: TokenBuckets
  readonly #networks: TokenBuckets
  readonly #accounts: TokenBuckets
  readonly #friends = new Lru<string, true>(capacity)

  constructor(rates: ThrottleRates) {
    this.#addresses = new TokenBuckets(rates.address, capacity)
    this.#networks = new TokenBuckets(rates.network, capacity)
    this.#accounts = new TokenBuckets(rates.account, capacity)
  }

  /** Tokens are taken before the check, so that many tries at once gain nothing. Null: too many failures. */
  begin(ip: string, account: string, now: number): LoginTry | null {
    const friend = `${ip} ${account}`
    const taken: (() => void)[] = []
    const take = (buckets: TokenBuckets, key: string): boolean => {
      if (!buckets.take(key, now)) return false
      taken.push(() => buckets.giveBack(key, now))
      return true
    }
    const undo = (): void => {
      for (const giveBack of taken) giveBack()
    }
    // An account's own tokens would let strangers lock its owner out; a client that has proven itself needs none.
    const isFriend = this.#friends.get(friend, now) === true
    const mayTry =
      take(this.#addresses, ip) && take(this.#networks, networkOf(ip)) && (isFriend || take(this.#accounts, account))
    if (!mayTry) {
      undo()
      return null
    }
    return {
      succeeded: () => {
        undo()
        this.#friends.set(friend, true, now + friendMs)
      },
      notJudged: undo,
    }
  }
}
