// SPDX-License-Identifier: Apache-2.0
/** DNS lists of rule files, asked from a worker thread through the main thread's resolver. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { rulesSetup } from '../../../src/app/judge.ts'
import { openScanner } from '../../../src/app/scanner.ts'
import { testConfig } from '../../support/gateway.ts'
import { zoneResolver } from '../../support/zone-resolver.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-rules-network-'))
after(() => rmSync(folder, { recursive: true }))

const zone = '10.2.0.192.bl.example A 127.0.0.2\n192.0.2.10 PTR mx.sender.example\nmx.sender.example A 192.0.2.10'
writeFileSync(
  join(folder, 'lists.cf'),
  "header LISTED eval:check_rbl('r-lastexternal', 'bl.example.')\ntflags LISTED net\nscore LISTED 0 2 0 1.5\n",
)
writeFileSync(join(folder, 'mail.eml'), 'From: a@b.example\r\nTo: demo@example.org\r\nSubject: hello\r\n\r\nhello\r\n')

async function scan(more: string) {
  const dns = zoneResolver(zone)
  const config = testConfig(folder, `[rules]\npaths = ["${join(folder, 'lists.cf')}"]\n${more}`)
  await using scanner = await openScanner(config, { ...dns, forTransaction: () => dns })
  const { verdict } = await scanner.scan(join(folder, 'mail.eml'), { client: '192.0.2.10' })
  const found = verdict.priced.find(({ evidence }) => evidence.symbol === 'LISTED')
  return { points: found?.points ?? null, asked: dns.questions.includes('A 10.2.0.192.bl.example') }
}

describe('rules that ask DNS lists', () => {
  it('are asked, and cost what their score for network and Bayes says', async () =>
    assert.deepEqual(await scan(''), { points: 1.5, asked: true }))

  it('are not asked without rules.network', async () =>
    assert.deepEqual(await scan('network = false\n'), { points: null, asked: false }))

  for (const [network, bayes, scoreSet] of [
    [false, false, 0],
    [true, false, 1],
    [false, true, 2],
    [true, true, 3],
  ] as const)
    it(`score set ${scoreSet} counts with network ${network}, Bayes ${bayes}`, () => {
      const setup = rulesSetup(testConfig(folder, `[rules]\nnetwork = ${network}\n[bayes]\nenabled = ${bayes}\n`))
      assert.equal(setup.scoreSet, scoreSet)
      assert.equal(setup.lists !== null, network)
    })
})
