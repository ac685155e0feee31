// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { randomBytes, scryptSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { defaultCost, Passwords } from '../../../src/accounts/password.ts'

const cheap = { memory: 64, passes: 1, parallelism: 1 }
const passwords = new Passwords({ cost: cheap, concurrency: 2, maxWaiting: 3 })

describe('Passwords', () => {
  it('makes a PHC string with the costs in it, a new salt each time', async () => {
    const [one, two] = await Promise.all([passwords.hash('secret'), passwords.hash('secret')])
    assert.match(one, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    assert.notEqual(one, two)
  })

  it('finds its own hashes again', async () => {
    const stored = await passwords.hash('s\u00e9cret')
    assert.equal(await passwords.check(stored, 's\u00e9cret'), 'match')
    assert.equal(await passwords.check(stored, 'se\u0301cret'), 'match')
    assert.equal(await passwords.check(stored, 'secret'), 'mismatch')
    assert.equal(await passwords.check(stored, ''), 'mismatch')
  })

  it('agrees with the reference implementation of argon2id', async () => {
    const stored = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
    assert.equal(await passwords.check(stored, 'password'), 'match')
  })

  it('calls a cheaper hash weak', async () => {
    const stored = await passwords.hash('secret')
    const today = new Passwords({ cost: defaultCost, concurrency: 1, maxWaiting: 1 })
    assert.equal(await today.check(stored, 'secret'), 'weak')
    assert.equal(await today.check(stored, 'wrong'), 'mismatch')
  })

  it('reads scrypt of elsewhere, to be renewed', async () => {
    const salt = randomBytes(16)
    const b64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
    const hash = scryptSync('secret', salt, 32, { N: 1024, r: 8, p: 1 })
    const stored = `$scrypt$ln=10,r=8,p=1$${b64(salt)}$${b64(hash)}`
    assert.equal(await passwords.check(stored, 'secret'), 'weak')
    assert.equal(await passwords.check(stored, 'Secret'), 'mismatch')
  })

  for (const stored of [
    '',
    'secret',
    '{PLAIN}secret',
    '$argon2id$v=19$m=4294967295,t=1,p=1$c29tc2FsdHNvbWVzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g',
    '$argon2id$v=19$m=999999,t=1,p=1$c29tc2FsdHNvbWVzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g',
    '$argon2id$v=19$m=64,t=9999,p=1$c29tc2FsdHNvbWVzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g',
    '$argon2id$v=19$m=64,t=1,p=0$c29tc2FsdHNvbWVzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g',
    '$argon2id$v=19$m=64,t=1,p=1$c29tc2FsdHNvbWVzYWx0$',
    '$scrypt$ln=31,r=8,p=1$c29tc2FsdHNvbWVzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g',
  ]) {
    it(`does not compute ${JSON.stringify(stored)}`, async () => {
      assert.equal(await passwords.check(stored, 'secret'), 'unreadable')
    })
  }

  it('is busy when too many wait', async () => {
    const stored = await passwords.hash('secret')
    const all = Array.from({ length: 5 }, () => passwords.check(stored, 'secret'))
    assert.equal(passwords.isBusy, true)
    await Promise.all(all)
    assert.equal(passwords.isBusy, false)
  })
})
