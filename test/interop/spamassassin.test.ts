// SPDX-License-Identifier: Apache-2.0
/** Stock rules hit the same messages as in SpamAssassin itself. The whole: node test/interop/spamassassin.ts FOLDER 1000. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { agreement, compareOn, differences, hasSpamAssassin, messagesIn } from './spamassassin.ts'

const own = join(import.meta.dirname, '../../corpus')
const folder = process.env.POSTERN_TEST_CORPUS

describe('stock rules, on SpamAssassin and on us', {
  skip: hasSpamAssassin() ? false : 'SpamAssassin is not installed',
}, () => {
  it('hit the same messages but for one pair in a hundred', () => {
    const more = folder !== undefined && existsSync(folder) ? messagesIn(folder, 60) : []
    const result = compareOn([...messagesIn(own, 40), ...more])
    assert.ok(result.both > 500)
    assert.ok(agreement(result) >= 0.99, `${agreement(result)}\n${differences(result).join('\n')}`)
  })
})
