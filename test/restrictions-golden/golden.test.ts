// SPDX-License-Identifier: Apache-2.0
/** Each script beside its reviewed output. UPDATE_GOLDEN=1 writes the outputs anew: read the difference before it goes in. */
import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { playScript } from '../support/restriction-script.ts'

const dir = import.meta.dirname

for (const file of (await readdir(dir)).filter((name) => name.endsWith('.in')).sort()) {
  test(`the chains say what is written in ${file.replace(/in$/, 'out')}`, async () => {
    const output = await playScript(await readFile(join(dir, file), 'utf8'), file)
    const expected = join(dir, file.replace(/in$/, 'out'))
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(expected, output)
    assert.equal(output, await readFile(expected, 'utf8'))
  })
}
