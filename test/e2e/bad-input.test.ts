// SPDX-License-Identifier: Apache-2.0
/** What a user did wrong is said in one clear line, with a sysexits(3) code, and never with a stack trace. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { demoConfig } from '../../src/config/demo.ts'
import { postern } from '../support/cli.ts'
import type { Ran } from '../support/programs.ts'

describe('bad input', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bad-input-'))
  after(() => rmSync(folder, { recursive: true }))
  const at = (name: string) => join(folder, name)
  const write = (name: string, text: string | Uint8Array) => {
    writeFileSync(at(name), text)
    return at(name)
  }
  const demo = (more = '') => `${demoConfig(at('data'), () => 0)}${more}`
  const oneLine = ({ err }: Ran) => assert.equal(err.trimEnd().split('\n').length, 1, err)

  it('a misspelt key: check names file, line and the nearest known key', async () => {
    const file = write('misspelt.toml', `hostnam = "mx.example.org"\n${demo()}`)
    const ran = await postern('check', '--config', file)
    assert.equal(ran.exitCode, 78)
    assert.match(ran.err, /misspelt\.toml:1: .*hostnam.*\bhostname\b/)
    oneLine(ran)
  })

  it('a file that is no TOML: its line', async () => {
    const ran = await postern('check', '--config', write('not.toml', 'hostname = "a"\nlisteners [\n'))
    assert.equal(ran.exitCode, 78)
    assert.match(ran.err, /not\.toml:2: /)
    oneLine(ran)
  })

  it('an unknown restriction: the nearest known one', async () => {
    const text = demo().replace('"reject_non_fqdn_sender"', '"reject_non_fqnd_sender"')
    const ran = await postern('check', '--config', write('restriction.toml', text))
    assert.equal(ran.exitCode, 78)
    assert.match(ran.err, /restriction\.toml:\d+: .*reject_non_fqdn_sender/)
  })

  it('an open relay: neither check nor serve lets it pass', async () => {
    const text = demo().replace(', "reject_unauth_destination"', '')
    const file = write('relay.toml', text.replace('["permit_sasl_authenticated"]', '["permit"]'))
    for (const command of ['check', 'serve']) {
      const ran = await postern(command, '--config', file)
      assert.equal(ran.exitCode, 78, command)
      assert.match(ran.err, /relay\.toml:\d+: .*relay/)
    }
  })

  it('a rules file that cannot be read stops the start', async () => {
    const file = write('rules.toml', demo(`[rules]\npaths = ["${at('none.cf')}"]\n`))
    const ran = await postern('serve', '--config', file)
    assert.notEqual(ran.exitCode, 0)
    assert.match(ran.err, /none\.cf/)
    oneLine(ran)
  })

  it('a port that is taken stops the start', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const file = write('port.toml', demo().replace('127.0.0.1:0', `127.0.0.1:${port}`))
    const ran = await postern('serve', '--config', file)
    await new Promise((resolve) => other.close(resolve))
    assert.equal(ran.exitCode, 69)
    assert.ok(ran.err.includes(String(port)), ran.err)
    oneLine(ran)
  })

  it('a binary file is scanned like any other', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256)
    const ran = await postern('scan', '--json', '--config', write('scan.toml', demo()), write('binary', bytes))
    assert.equal(ran.exitCode, 0, ran.err)
    assert.equal(typeof JSON.parse(ran.out).score, 'number')
  })

  it('a file that is not there, or is a folder: one line each, the others are scanned', async () => {
    const good = write('good.eml', 'Subject: x\n\nx\n')
    const ran = await postern('scan', '--config', write('scan2.toml', demo()), at('nowhere'), folder, good)
    assert.equal(ran.exitCode, 66)
    assert.equal(ran.err.trimEnd().split('\n').length, 2, ran.err)
    assert.match(ran.out, /good\.eml/)
  })

  it('a config that may not be read', {
    skip: process.getuid?.() === 0 ? 'root may read everything' : false,
  }, async () => {
    const file = write('secret.toml', demo())
    chmodSync(file, 0)
    const ran = await postern('check', '--config', file)
    assert.equal(ran.exitCode, 66)
    oneLine(ran)
  })

  it('a command that there is none of: usage', async () => {
    const ran = await postern('chekc')
    assert.equal(ran.exitCode, 64)
    assert.match(ran.err, /check/)
  })
})
