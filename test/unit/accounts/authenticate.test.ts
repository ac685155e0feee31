// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { beforeEach, describe, it, mock } from 'node:test'
import { type AuthenticatorOptions, createAuthenticator } from '../../../src/accounts/authenticate.ts'
import { Passwords } from '../../../src/accounts/password.ts'
import type { Credentials } from '../../../src/accounts/sasl.ts'
import { LoginThrottle, type ThrottleRates } from '../../../src/accounts/throttle.ts'
import { anAccount, handClock, listedAccounts, listLogger } from './store.ts'

const cheap = { memory: 64, passes: 1, parallelism: 1 }
const rates: ThrottleRates = {
  address: { burst: 3, refillMs: 1000 },
  network: { burst: 5, refillMs: 1000 },
  account: { burst: 4, refillMs: 1000 },
}

const login = (password: string, over: Partial<Credentials> = {}): Credentials => ({
  mechanism: 'PLAIN',
  username: 'alice@example.org',
  password,
  ip: '192.0.2.1',
  ...over,
})

describe('authenticate', () => {
  let passwords: Passwords
  let options: AuthenticatorOptions & { clock: ReturnType<typeof handClock>; log: ReturnType<typeof listLogger> }
  beforeEach(async () => {
    passwords = new Passwords({ cost: cheap, concurrency: 2, maxWaiting: 8 })
    options = {
      accounts: listedAccounts(anAccount('alice@example.org', await passwords.hash('right'), 'info@example.org')),
      passwords,
      throttle: new LoginThrottle(rates),
      rememberMs: 30_000,
      clock: handClock(),
      log: listLogger(),
    }
  })

  it('proves an identity by name or address, however it is written', async () => {
    const authenticate = createAuthenticator(options)
    for (const username of ['alice@example.org', ' Alice@Example.ORG', 'info@example.org']) {
      assert.deepEqual(await authenticate(login('right', { username })), {
        account: 'alice@example.org',
        identity: {
          account: 'alice@example.org',
          mechanism: 'PLAIN',
          maySendAs: [
            { localPart: 'alice', domain: 'example.org' },
            { localPart: 'info', domain: 'example.org' },
          ],
        },
      })
    }
  })

  it('tells a wrong password from a wrong name neither by answer nor by work', async () => {
    const authenticate = createAuthenticator(options)
    const check = mock.method(passwords, 'check')
    assert.deepEqual(await authenticate(login('wrong')), { refused: 'bad' })
    assert.deepEqual(await authenticate(login('wrong', { username: 'nobody@example.org' })), { refused: 'bad' })
    assert.equal(check.mock.callCount(), 2)
  })

  it('does not derive a password again that was right a moment ago', async () => {
    const authenticate = createAuthenticator(options)
    const check = mock.method(passwords, 'check')
    await authenticate(login('right'))
    await authenticate(login('right'))
    assert.equal(check.mock.callCount(), 1)
    options.clock.time += 30_001
    await authenticate(login('right'))
    assert.equal(check.mock.callCount(), 2)
  })

  it('forgets at once when the password changes', async () => {
    const authenticate = createAuthenticator(options)
    await authenticate(login('right'))
    await options.accounts.setPassword('alice@example.org', await passwords.hash('new'))
    assert.deepEqual(await authenticate(login('right')), { refused: 'bad' })
    assert.ok('account' in (await authenticate(login('new'))))
  })

  it('looks at no password after too many wrong ones, and does again later', async () => {
    const authenticate = createAuthenticator(options)
    for (let i = 0; i < 3; i++) assert.deepEqual(await authenticate(login('wrong')), { refused: 'bad' })
    assert.deepEqual(await authenticate(login('right')), { refused: 'throttled' })
    options.clock.time += 1000
    assert.ok('account' in (await authenticate(login('right'))))
  })

  it('lets many tries at once gain nothing', async () => {
    const authenticate = createAuthenticator(options)
    const all = await Promise.all(Array.from({ length: 20 }, () => authenticate(login('wrong'))))
    assert.equal(all.filter((outcome) => 'refused' in outcome && outcome.refused === 'bad').length, 3)
  })

  it('does not let strangers lock out a client that has proven itself', async () => {
    const authenticate = createAuthenticator(options)
    await authenticate(login('right'))
    for (let i = 0; i < 6; i++) await authenticate(login('wrong', { ip: `198.51.${i}.1` }))
    assert.deepEqual(await authenticate(login('right', { ip: '203.0.113.1' })), { refused: 'throttled' })
    assert.ok('account' in (await authenticate(login('right'))))
  })

  it('counts a whole network', async () => {
    const authenticate = createAuthenticator(options)
    const from = (ip: string, i: number) => authenticate(login('wrong', { ip, username: `u${i}@example.org` }))
    for (let i = 0; i < 5; i++) assert.deepEqual(await from(`2001:db8::${i}`, i), { refused: 'bad' })
    assert.deepEqual(await from('2001:db8::ffff:1', 9), { refused: 'throttled' })
    assert.deepEqual(await from('2001:db8:0:1::1', 9), { refused: 'bad' })
  })

  it('renews a hash that has become weak', async () => {
    const strong = new Passwords({ cost: { ...cheap, memory: 128, passes: 2 }, concurrency: 1, maxWaiting: 1 })
    const authenticate = createAuthenticator({ ...options, passwords: strong })
    assert.ok('account' in (await authenticate(login('right'))))
    const stored = await options.accounts.byName('alice@example.org')
    assert.match(stored?.password ?? '', /m=128,t=2/)
    assert.ok('account' in (await authenticate(login('right'))))
  })

  it('says later when the store fails, at no cost to the client', async () => {
    const broken = { ...options.accounts, byAddress: () => Promise.reject(new Error('disk')) }
    const authenticate = createAuthenticator({ ...options, accounts: broken })
    for (let i = 0; i < 9; i++) assert.deepEqual(await authenticate(login('right')), { refused: 'tempfail' })
    assert.ok(options.log.events.includes('accounts.login-failed'))
  })

  it('says later when a hash cannot be read', async () => {
    const accounts = listedAccounts(anAccount('alice@example.org', 'oops'))
    const authenticate = createAuthenticator({ ...options, accounts })
    assert.deepEqual(await authenticate(login('right')), { refused: 'tempfail' })
  })

  it('turns a flood away instead of queueing it', async () => {
    const many = new LoginThrottle({
      address: { burst: 1e6, refillMs: 1 },
      network: { burst: 1e6, refillMs: 1 },
      account: { burst: 1e6, refillMs: 1 },
    })
    const authenticate = createAuthenticator({ ...options, throttle: many })
    const all = await Promise.all(Array.from({ length: 100 }, () => authenticate(login('wrong'))))
    const late = all.filter((outcome) => 'refused' in outcome && outcome.refused === 'tempfail').length
    assert.ok(late > 80, String(late))
  })

  it('does not hash a novel', async () => {
    const check = mock.method(passwords, 'check')
    const authenticate = createAuthenticator(options)
    assert.deepEqual(await authenticate(login('x'.repeat(5000))), { refused: 'bad' })
    assert.equal(check.mock.callCount(), 0)
  })
})
