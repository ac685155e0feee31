// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

/** Where flags of V8 are set: it says nothing of one that it does not know any more. */
const files = ['src/workers/heap.ts', 'src/service/tidy.ts']

describe('flags of V8', () => {
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  for (const file of files) {
    const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
    const flags = [...text.matchAll(/'--(?:no-)?([a-z-]+)(?:=\d+)?'/g)].map(([, name]) => name ?? '')

    it(`of ${file} are known to this one`, () => {
      assert.ok(flags.length > 0)
      for (const flag of flags) assert.match(known, new RegExp(`^ +--${flag} `, 'm'))
    })
  }
})
