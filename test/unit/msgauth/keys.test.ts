// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { chmod, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Domain, EpochMs } from '../../../src/core/brand.ts'
import { dnsRecord, generateKey, keyStates, listKeys, selectorFor, signingKeysFor } from '../../../src/msgauth/keys.ts'
import { testNow } from './zone.ts'

const day = 86_400_000

describe('signing keys', () => {
  let directory = ''
  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'postern-keys-')), 'dkim')
  })
  afterEach(() => rm(join(directory, '..'), { recursive: true }))

  const make = (over: Partial<Parameters<typeof generateKey>[0]> = {}) =>
    generateKey({
      directory,
      domain: 'example.com',
      algorithm: 'ed25519-sha256',
      selector: null,
      now: testNow,
      ...over,
    })

  it('are files for their owner alone, named as their record', async () => {
    const key = await make({ domain: 'Example.COM.' })
    assert.equal(key.file, join(directory, 's20260102e._domainkey.example.com.pem'))
    assert.equal((await stat(key.file)).mode & 0o777, 0o600)
    assert.equal((await stat(directory)).mode & 0o777, 0o700)
  })

  it('are never overwritten', async () => {
    await make()
    await assert.rejects(make(), /exists already.*--selector/)
  })

  it('refuse names that are none', async () => {
    await assert.rejects(make({ domain: 'a b' }), /not a domain/)
    await assert.rejects(make({ selector: '../x' }), /not a selector/)
  })

  it('have a record that holds their public half', async () => {
    const rsa = await make({ algorithm: 'rsa-sha256' })
    const record = dnsRecord(rsa)
    assert.equal(record.name, 's20260102r._domainkey.example.com')
    const p = /^v=DKIM1; k=rsa; p=(.+)$/.exec(record.value)?.[1] ?? ''
    const read = createPublicKey({ key: Buffer.from(p, 'base64'), format: 'der', type: 'spki' })
    assert.equal(read.asymmetricKeyDetails?.modulusLength, 2048)
    const strings = [...record.zoneLine.matchAll(/"([^"]*)"/g)].map((found) => found[1] ?? '')
    assert.equal(strings.join(''), record.value)
    assert.ok(strings.every((text) => text.length <= 255))
    assert.match(dnsRecord(await make()).value, /^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/)
  })

  it('are read back from their directory', async () => {
    await make({ algorithm: 'rsa-sha256' })
    await make()
    const keys = await listKeys(directory)
    assert.deepEqual(keys.map((key) => [key.algorithm, key.bits, key.domain]).sort(), [
      ['ed25519-sha256', 256, 'example.com'],
      ['rsa-sha256', 2048, 'example.com'],
    ])
    assert.deepEqual(await listKeys(join(directory, 'nothing')), [])
  })

  it('that others can read are refused', async () => {
    const key = await make()
    for (const mode of [0o640, 0o604]) {
      await chmod(key.file, mode)
      await assert.rejects(listKeys(directory), /others may read this private key \(chmod 600/)
    }
  })

  it('that are no keys are complained about, each by name', async () => {
    await make()
    await writeFile(join(directory, 'x._domainkey.example.com.pem'), 'no key', { mode: 0o600 })
    await writeFile(join(directory, 'mykey.pem'), 'no key', { mode: 0o600 })
    await assert.rejects(listKeys(directory), (error: Error) => {
      assert.match(error.message, /x\._domainkey\.example\.com\.pem: not a private key/)
      assert.match(error.message, /mykey\.pem: not named as a key/)
      return true
    })
  })

  it('take over when they have been published long enough', async () => {
    const old = await make({ selector: 'old' })
    await utimes(old.file, (testNow - 90 * day) / 1000, (testNow - 90 * day) / 1000)
    const fresh = await make({ selector: 'new' })
    await utimes(fresh.file, testNow / 1000, testNow / 1000)
    const keys = await listKeys(directory)
    const at = (now: number) =>
      signingKeysFor(keys, 'example.com' as Domain, now as EpochMs, 2 * day).map((key) => key.selector)
    assert.deepEqual(at(testNow), ['old'])
    assert.deepEqual(at(testNow + day), ['old'])
    assert.deepEqual(at(testNow + 2 * day), ['new'])
    assert.deepEqual(signingKeysFor(keys.slice(1), 'example.com' as Domain, testNow, 2 * day).length, 1)
    assert.deepEqual(signingKeysFor(keys, 'example.net' as Domain, testNow, 0), [])
    assert.equal(signingKeysFor(keys, 'a.b.example.com' as Domain, testNow, 0)[0]?.domain, 'example.com')
  })

  it('say what they do: sign, wait, or be old', async () => {
    for (const [selector, days] of [
      ['old', 90],
      ['now', 30],
      ['next', 1],
    ] as const) {
      const { file } = await make({ selector })
      await utimes(file, (testNow - days * day) / 1000, (testNow - days * day) / 1000)
    }
    await make({ selector: 'other', algorithm: 'rsa-sha256' })
    const keys = await listKeys(directory)
    const states = keyStates(keys, testNow, 2 * day)
    assert.deepEqual(keys.map(({ selector }, i) => `${selector} ${states[i]}`).toSorted(), [
      'next waits',
      'now signs',
      'old old',
      'other signs',
    ])
  })

  it('are named by day and kind', () => {
    assert.equal(selectorFor('rsa-sha256', testNow), 's20260102r')
  })
})
