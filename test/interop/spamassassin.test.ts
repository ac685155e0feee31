// SPDX-License-Identifier: Apache-2.0
/** Stock rules hit the same messages as in SpamAssassin itself. The whole: node test/interop/spamassassin.ts FOLDER 1000. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkAll } from '../../src/app/check.ts'
import { printComplaint } from '../../src/core/failure.ts'
import {
  agreement,
  compareOn,
  differences,
  hasSpamAssassin,
  messagesIn,
  siteRules,
  stockRules,
} from './spamassassin.ts'

const own = join(import.meta.dirname, '../../corpus')
const folder = process.env.POSTERN_TEST_CORPUS

describe('stock rules, on SpamAssassin and on us', {
  skip: hasSpamAssassin() ? false : 'SpamAssassin is not installed',
}, () => {
  it('are no reason not to start', async () => {
    const paths = [stockRules, siteRules].filter((path) => existsSync(path))
    const listener = '[[listeners]]\nrole = "mx"\naddress = "127.0.0.1:2525"\ntls = "none"\n'
    const rules = `[rules]\npaths = ${JSON.stringify(paths)}\n`
    const config = `hostname = "mx.example.org"\ndata_dir = "/nonexistent"\n${rules}${listener}`
    assert.deepEqual((await checkAll(config, 'postern.toml')).map(printComplaint), [])
  })

  it('hit the same messages but for one pair in a hundred', () => {
    const more = folder !== undefined && existsSync(folder) ? messagesIn(folder, 60) : []
    const result = compareOn([...messagesIn(own, 40), ...more])
    assert.ok(result.both > 500)
    assert.ok(agreement(result) >= 0.99, `${agreement(result)}\n${differences(result).join('\n')}`)
  })
})
