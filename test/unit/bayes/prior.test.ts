// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildPrior } from '../../../bench/prior.ts'

const shipped = join(import.meta.dirname, '..', '..', '..', 'models', 'prior.model')

test('the same messages give the same prior, byte for byte', () => {
  const [a, b] = [buildPrior(null), buildPrior(null)]
  assert.ok(a.bytes.equals(b.bytes))
  assert.deepEqual(a.learned, { ham: 291, spam: 303 })
})

const corpora = process.env['POSTERN_PRIOR_CORPORA'] ?? ''
const skip = existsSync(corpora) ? false : 'POSTERN_PRIOR_CORPORA names no folder with the corpora of models/README.md'
test('the shipped prior is what its corpora give', { skip }, () => {
  assert.ok(buildPrior(corpora).bytes.equals(readFileSync(shipped)))
})
