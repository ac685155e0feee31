// SPDX-License-Identifier: Apache-2.0
/**
 * Real messages, if POSTERN_TEST_CORPUS names a folder of them: SPF, DKIM with each signature's body hash, ARC and DMARC are
 * what mailauth's strict mode says. A sample of 150; POSTERN_TEST_WHOLE=1 takes all, as `node bench/msgauth.ts --equal` does.
 */
import assert from 'node:assert/strict'
import { env } from 'node:process'
import { it } from 'node:test'
import { bodies, disagreements, ours, readCases, theirs } from '../../../bench/msgauth-peer.ts'

const folder = env['POSTERN_TEST_CORPUS']
const skip = folder === undefined ? 'POSTERN_TEST_CORPUS names no folder of messages' : false

it('real messages have the results that mailauth finds', { skip }, async (t) => {
  const cases = await readCases(folder ?? '', env['POSTERN_TEST_WHOLE'] === '1' ? 0 : 150)
  let [signatures, whole] = [0, 0]
  const different: string[] = []
  for (const one of cases) {
    const said = await ours(one)
    signatures += bodies(said).signatures
    whole += bodies(said).whole
    different.push(...disagreements(said, await theirs(one, true)).map((text) => `${one.file}: ${text}`))
  }
  t.diagnostic(`${cases.length} messages, ${signatures} signatures, ${whole} over the body as stored`)
  assert.deepEqual(different, [])
})
