// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkSpf } from '../../../src/msgauth/spf.ts'
import { receivedSpf } from '../../../src/msgauth/spf-received.ts'
import { zoneResolver } from '../../support/zone-resolver.ts'
import { type SpfCase, spfCases } from './spf-cases.ts'
import { testNow } from './zone.ts'

const subjectOf = ({ ip, helo, sender }: SpfCase) => ({
  ip,
  helo,
  sender,
  hostname: 'gw.example.org',
  seconds: Math.floor(testNow / 1000),
})

const cases = spfCases()
const sections = Map.groupBy(cases, ({ file, heading }) => `${file.replace('.txt', '')}: ${heading}`)

describe('checkSpf (RFC 7208)', () => {
  for (const [heading, members] of sections) {
    describe(heading, () => {
      for (const one of members) {
        it(`${one.expected}: ${one.title}`, async () => {
          const outcome = await checkSpf(subjectOf(one), zoneResolver(one.zone))
          assert.equal(outcome.result, one.expected, outcome.because)
          if (one.explanation !== null) assert.equal(outcome.explanation, one.explanation)
          const field = receivedSpf(outcome, subjectOf(one))
          assert.ok(field.split('\r\n').every((line) => line.length < 998 && /^[\t\x20-\x7e]*$/.test(line)))
        })
      }
    })
  }

  it('has known answers for every result', () => {
    assert.deepEqual([...new Set(cases.map(({ expected }) => expected))].toSorted(), [
      'fail',
      'neutral',
      'none',
      'pass',
      'permerror',
      'softfail',
      'temperror',
    ])
    assert.ok(cases.length >= 180, `${cases.length} cases`)
  })
})
