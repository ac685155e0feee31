// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crash } from './custody.ts'
import { otherPoints, writePoints } from './rounds.ts'

/** The whole is `node test/crash/custody.ts --rounds 100`. */
const rounds = Number(process.env['POSTERN_CRASH_ROUNDS'] ?? 9)

describe('a gateway that is killed, or whose disk fails, under load', () => {
  it('delivers every message that it answered 250, whole, and none again after its end', async (t) => {
    const totals = await crash(rounds, 1, (line) => t.diagnostic(line))
    t.diagnostic(JSON.stringify(totals))
    assert.ok(totals.messages.taken > rounds * 10)
    const known = new Set<string>([...writePoints, ...otherPoints])
    assert.deepEqual(
      totals.points.filter((point) => !known.has(point)),
      [],
      'write points that rounds.ts does not know',
    )
  })
})
