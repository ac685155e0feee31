// SPDX-License-Identifier: Apache-2.0
/** A sample of dkim-peers.ts: our messages of odd shapes, and some of a folder that POSTERN_TEST_CORPUS names. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, getuid } from 'node:process'
import { describe, it } from 'node:test'
import { readCases } from '../../bench/msgauth-peer.ts'
import { serveZone } from '../support/dns-server.ts'
import { aMessage, plainHead } from '../unit/msgauth/zone.ts'
import {
  Dkimpy,
  dkimpySignaturesToUs,
  hasDkimpy,
  hasOpendkim,
  hasTestmsg,
  isReadable,
  keyZone,
  type NamedMessage,
  opendkimSignaturesToUs,
  ourSignaturesToDkimpy,
  ourSignaturesToOpendkim,
  signedByUs,
  type Tally,
  testmsgVerdict,
} from './dkim-peers.ts'

const folder = env['POSTERN_TEST_CORPUS']
const sampled = folder === undefined ? [] : await readCases(folder, 30)

const messages: readonly NamedMessage[] = [
  ['plain', aMessage(plainHead)],
  ['empty', aMessage(plainHead, '')],
  ['empty lines', aMessage(plainHead, '\r\n\r\n\r\n')],
  ['white space', aMessage(plainHead, ' a \t b\t\r\n\r\n  \r\nc  \r\n \t\r\n')],
  ['folds', aMessage([...plainHead, 'CC:  a@b.example,\r\n\t  c@d.example  ', 'References:\r\n <1@x>'])],
  ['two of a kind', aMessage([...plainHead, 'Cc: a@b.example', 'Cc: c@d.example'])],
  ['eight bits', aMessage([...plainHead, 'Content-Type: text/plain; charset=utf-8'], 'gr\xc3\xbc\xc3\x9fe\xa0 \r\n')],
  ['long', aMessage([...plainHead, `X: ${'y '.repeat(400)}`], 'z'.repeat(5000).concat('\r\n').repeat(20))],
].map(([name, raw]) => ({ name: String(name), raw: raw as Buffer }))
const all = [...messages, ...sampled.map(({ file, raw }) => ({ name: file, raw })).filter(isReadable)]

function check(found: Tally, signatures: number): void {
  assert.deepEqual(found.refused, [])
  assert.equal(found.unreadable, 0)
  assert.equal(found.accepted, signatures)
}

describe('dkimpy', { skip: hasDkimpy ? false : 'python3-dkim and python3-nacl are not installed' }, () => {
  it('accepts what we sign, both algorithms', async () => {
    using peer = new Dkimpy()
    check(await ourSignaturesToDkimpy(all, peer), all.length * 2)
  })

  it('signs what we accept, both algorithms in four canonical forms', async () => {
    using peer = new Dkimpy()
    check(await dkimpySignaturesToUs(all, peer), all.length * 8)
  })
})

describe('OpenDKIM', { skip: hasOpendkim ? false : 'opendkim is not installed' }, () => {
  it('accepts what we sign, both algorithms', () => check(ourSignaturesToOpendkim(all), all.length * 2))

  it('signs what we accept, in four canonical forms', async () => {
    const found = await opendkimSignaturesToUs(messages)
    assert.deepEqual(found.refused, [])
    assert.equal(found.unreadable, 0)
    assert.ok(found.accepted >= messages.length * 3, String(found.accepted))
  })
})

/** Nobody else listens there. */
const nameServer = '127.84.6.53'
const isRoot = getuid?.() === 0

describe('opendkim-testmsg', { skip: hasTestmsg && isRoot ? false : 'opendkim-tools, or not root' }, () => {
  it('finds nothing wrong with what we sign, and much with what was changed', async (t) => {
    const place = mkdtempSync(join(tmpdir(), 'postern-testmsg-'))
    try {
      await using _server = await serveZone(keyZone, nameServer, 53)
      const conf = join(place, 'resolv.conf')
      writeFileSync(conf, `nameserver ${nameServer}\noptions timeout:1 attempts:1\n`)
      const signed = signedByUs(aMessage(plainHead))
      const verdict = await testmsgVerdict(signed, conf)
      if (verdict === null) return t.skip('no mount namespace')
      assert.equal(verdict, '')
      const changed = Buffer.from(signed.toString('latin1').replace('Hello', 'Hullo'), 'latin1')
      assert.match((await testmsgVerdict(changed, conf)) ?? '', /signature|body/i)
    } finally {
      rmSync(place, { recursive: true })
    }
  })
})
