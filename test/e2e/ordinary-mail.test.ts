// SPDX-License-Identifier: Apache-2.0
/**
 * The first day of a gateway that was taught nothing: ordinary mail of today must not end in Junk. The messages were
 * written for this test and were never trained on.
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openScanner } from '../../src/app/scanner.ts'
import { readConfig } from '../../src/config/load.ts'
import { createResolver, resolverDefaults } from '../../src/dns/resolver.ts'
import { silentMeter } from '../../src/metrics/registry.ts'
import { realClock } from '../../src/service/real-world.ts'

const folder = join(import.meta.dirname, '..', 'fixtures', 'ordinary')

describe('ordinary mail on the first day', () => {
  it('is accepted, and far from Junk for all but a few', async (t) => {
    const { loaded } = readConfig('hostname = "mx.example.org"\ndata_dir = "/nonexistent"\n', 'postern.toml')
    const transport = { query: async () => ({ kind: 'nxdomain' }) as const }
    const dns = createResolver({ ...resolverDefaults, transport, clock: realClock, meter: silentMeter })
    await using scanner = await openScanner(loaded, dns)
    const names = readdirSync(folder).filter((name) => name.endsWith('.eml'))
    assert.ok(names.length >= 40)
    const scores: number[] = []
    const lost: string[] = []
    for (const name of names) {
      const { verdict } = await scanner.scan(join(folder, name), {})
      const why = verdict.priced.map(({ evidence, points }) => `${evidence.symbol} ${points}`).join(', ')
      t.diagnostic(`${verdict.score.toFixed(1)} ${name}: ${why}`)
      scores.push(verdict.score)
      if (verdict.action.kind !== 'accept') lost.push(`${name}: ${why}`)
    }
    assert.deepEqual(lost, [])
    const limit = loaded.config.score.junk
    assert.ok(typeof limit === 'number')
    assert.ok(scores.filter((score) => score > limit / 2).length <= names.length / 10, scores.join(' '))
  })
})
