// SPDX-License-Identifier: Apache-2.0
/** Our reading of messages is mailparser's, but for reasons that are written down. The whole: node test/interop/mailparser.ts FOLDER. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { compareReadings } from './mailparser.ts'
import { reasons } from './mailparser-reasons.ts'
import { messagesIn } from './spamassassin.ts'

const root = join(import.meta.dirname, '../..')
const more = process.env.POSTERN_TEST_CORPUS

describe('our reading of messages, beside mailparser', () => {
  it('is the same, but for reasons that are written down', async () => {
    const others = more !== undefined && existsSync(more) ? messagesIn(more, 300) : []
    const files = [...messagesIn(join(root, 'corpus'), 1000), ...others]
    const { compared, unexplained } = await compareReadings(files)
    assert.deepEqual(unexplained, [])
    assert.ok(compared > 100, `${compared}`)
  })

  it('differs for the reasons of docs/internals/mailparser-differences.md, and no others', () => {
    const page = readFileSync(join(root, 'docs/internals/mailparser-differences.md'), 'utf8')
    const told = [...page.matchAll(/^\| ([a-z\d -]+) \| /gm)]
      .map(([, name]) => name)
      .filter((name) => name !== 'reason')
    assert.deepEqual(told.toSorted(), [...new Set(reasons.map(([name]) => name))].toSorted())
  })
})
