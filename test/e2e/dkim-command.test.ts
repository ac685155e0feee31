// SPDX-License-Identifier: Apache-2.0
/** `postern dkim`: keys made, published, listed and rotated, without a gateway that runs. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { demoConfig } from '../../src/config/demo.ts'
import { postern } from '../support/cli.ts'

describe('postern dkim', () => {
  const root = mkdtempSync(join(tmpdir(), 'postern-dkim-'))
  after(() => rmSync(root, { recursive: true }))
  const config = join(root, 'postern.toml')
  writeFileSync(
    config,
    demoConfig(join(root, 'data'), () => 0),
  )
  const folder = join(root, 'data', 'dkim')
  const dkim = async (...words: string[]): Promise<string> => {
    const ran = await postern('dkim', ...words, '--config', config)
    assert.equal(ran.exitCode, 0, ran.err)
    return ran.out
  }
  const fails = async (exitCode: number, said: RegExp, ...words: string[]): Promise<void> => {
    const ran = await postern('dkim', ...words, '--config', config)
    assert.equal(ran.exitCode, exitCode, ran.err)
    assert.match(ran.err, said)
  }

  it('generate makes both kinds for the service alone, and prints what to publish', async () => {
    const out = await dkim('generate', 'example.org')
    assert.match(out, /^s[0-9]{8}r\._domainkey\.example\.org\. IN TXT \( "v=DKIM1; k=rsa; p=[^"]+" "[^"]+" \)$/m)
    assert.match(out, /^s[0-9]{8}e\._domainkey\.example\.org\. IN TXT \( "v=DKIM1; k=ed25519; p=[^"]{44}" \)$/m)
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
    assert.equal(statSync(folder).mode & 0o777, 0o700)
  })

  it('generate overwrites no key', () => fails(73, /the key exists already.*--selector/s, 'generate', 'example.org'))

  it('generate rotates: the older key signs until the overlap is over', async () => {
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1e9, 1e9)
    await dkim('generate', 'example.org', '--algorithm', 'rsa', '--selector', 'next')
    const list = await dkim('list')
    assert.match(list, /s[0-9]{8}r +rsa-sha256 +2048 +2001-09-09 +signs\n/)
    assert.match(list, /next +rsa-sha256 +2048 +[0-9-]{10} +signs from [0-9-]{10}; publish its record now/)
    const long = new Date(Date.now() - 3 * 864e5)
    utimesSync(join(folder, 'next._domainkey.example.org.pem'), long, long)
    assert.match(await dkim('list'), /next .* signs\n/)
    const [first] = (await dkim('list', '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(first.state, first.algorithm === 'rsa-sha256' ? 'old' : 'signs')
  })

  it('dns prints all records, or those of one domain', async () => {
    assert.equal((await dkim('dns')).trim().split('\n').length, 3)
    assert.equal((await dkim('dns', 'Example.org')).trim().split('\n').length, 3)
    await fails(66, /no key for example\.net/, 'dns', 'example.net')
    const [record] = (await dkim('dns', '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.match(record.name, /\._domainkey\.example\.org$/)
  })

  it('says what is wrong with a command', async () => {
    await fails(64, /rsa, ed25519/, 'generate', 'example.org', '--algorithm', 'tea')
    await fails(64, /one key/, 'generate', 'example.org', '--selector', 'a')
    await fails(64, /not a domain/, 'generate', 'a b')
  })

  it('a key that others may read is refused by every command, by check, and by the gateway', async () => {
    chmodSync(join(folder, 'next._domainkey.example.org.pem'), 0o640)
    await fails(78, /next\._domainkey\.example\.org\.pem: others may read this private key/, 'list')
    for (const command of ['check', 'serve']) {
      const ran = await postern(command, '--config', config)
      assert.equal(ran.exitCode, 78, command)
      assert.match(ran.err, /others may read this private key/)
    }
  })

  it('check says that the key to seal with is missing', async () => {
    chmodSync(join(folder, 'next._domainkey.example.org.pem'), 0o600)
    const sealing = join(root, 'seal.toml')
    writeFileSync(sealing, `${demoConfig(join(root, 'data'), () => 0)}[msgauth]\narc_seal = "example.net"\n`)
    const ran = await postern('check', '--config', sealing)
    assert.equal(ran.exitCode, 78)
    assert.match(ran.err, /seal\.toml:\d+: no RSA key of "example\.net".*postern dkim generate example\.net/)
  })
})
