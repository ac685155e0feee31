// SPDX-License-Identifier: Apache-2.0
/** Name and password → an identity, at the same price whether the account is there or not. */
import { createHmac, randomBytes } from 'node:crypto'
import { parseAddress } from '../core/address.ts'
import type { Clock, Logger } from '../core/ports.ts'
import type { Identity } from '../core/session.ts'
import type { AccountRecord, AccountStore } from '../core/stores.ts'
import { Lru } from '../kit/lru.ts'
import type { Passwords } from './password.ts'
import type { Authenticate, Credentials, LoginOutcome } from './sasl.ts'
import { isFitting } from './sasl-plain.ts'
import type { LoginThrottle, LoginTry } from './throttle.ts'

export interface AuthenticatorOptions {
  readonly accounts: AccountStore
  readonly passwords: Passwords
  readonly throttle: LoginThrottle
  /** Milliseconds for which a password that was right is not derived again; 0 for never. */
  readonly rememberMs: number
  readonly clock: Clock
  readonly log: Logger
}

/** Logins that are remembered. */
const capacity = 5000

function identityOf(account: AccountRecord, mechanism: string): Identity {
  const maySendAs = [account.name, ...account.addresses].map(parseAddress).filter((address) => address !== null)
  return { account: account.name, mechanism, maySendAs }
}

/**
 * The Authenticate of every door. A mail client that connects often pays the hash once in a while: a keyed digest of
 * the password is remembered for some seconds, together with the stored hash, so that a changed password counts at once.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const { accounts, passwords, throttle, rememberMs, clock, log } = options
  const remembered = new Lru<string, true>(capacity)
  const secret = randomBytes(32)
  const digest = (account: AccountRecord, password: string): string =>
    createHmac('sha256', secret).update(`${account.name}\0${account.password}\0${password}`).digest('base64')

  const renew = async (account: AccountRecord, password: string): Promise<void> => {
    try {
      await accounts.setPassword(account.name, await passwords.hash(password))
    } catch (error) {
      log.error('accounts.rehash-failed', error, { account: account.name })
    }
  }

  const judge = async (account: AccountRecord, credentials: Credentials, attempt: LoginTry): Promise<LoginOutcome> => {
    const check = await passwords.check(account.password, credentials.password)
    if (check === 'mismatch') return { refused: 'bad' }
    if (check === 'unreadable') {
      attempt.notJudged()
      log.error('accounts.hash-unreadable', null, { account: account.name })
      return { refused: 'tempfail' }
    }
    attempt.succeeded()
    if (check === 'weak') await renew(account, credentials.password)
    else if (rememberMs > 0) {
      remembered.set(digest(account, credentials.password), true, clock.now() + rememberMs)
    }
    return { account: account.name, identity: identityOf(account, credentials.mechanism) }
  }

  const tryPassword = async (credentials: Credentials, username: string, attempt: LoginTry): Promise<LoginOutcome> => {
    const account = await accounts.byAddress(username)
    if (account !== null && remembered.get(digest(account, credentials.password), clock.now()) === true) {
      attempt.succeeded()
      return { account: account.name, identity: identityOf(account, credentials.mechanism) }
    }
    if (passwords.isBusy) {
      attempt.notJudged()
      return { refused: 'tempfail' }
    }
    if (account !== null) return await judge(account, credentials, attempt)
    await passwords.checkNobody(credentials.password)
    return { refused: 'bad' }
  }

  return async (credentials) => {
    const username = credentials.username.trim().toLowerCase()
    if (!isFitting(username, credentials.password)) return { refused: 'bad' }
    const attempt = throttle.begin(credentials.ip, username, clock.now())
    if (attempt === null) return { refused: 'throttled' }
    try {
      return await tryPassword(credentials, username, attempt)
    } catch (error) {
      attempt.notJudged()
      log.error('accounts.login-failed', error, { ip: credentials.ip })
      return { refused: 'tempfail' }
    }
  }
}
