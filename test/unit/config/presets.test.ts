// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { checkAll } from '../../../src/app/check.ts'
import { readConfig } from '../../../src/config/load.ts'
import { presetFile, presets } from '../../../src/config/presets.ts'

/** The least that a config has to say besides. */
const rest = '[[listeners]]\naddress = "127.0.0.1:0"\n[domains."example.org"]\n'

describe('a preset', () => {
  for (const name of presets) {
    it(`${name} passes check`, async () =>
      assert.deepEqual(await checkAll(`preset = "${name}"\n${rest}`, 'postern.toml'), []))

    it(`${name} says of every line what it costs or catches`, () =>
      assert.deepEqual(
        readFileSync(presetFile(name), 'utf8')
          .split('\n')
          .filter((line) => /^(?: {2}"|[a-z_]+ = [^[])/.test(line) && !/#.{10}/.test(line)),
        [],
      ))
  }

  it('gives way to what the file says, list by list and value by value', () => {
    const { config } = readConfig(
      'preset = "strict"\n[restrictions]\nhelo = ["permit"]\n[score]\nreject = 20\n',
      'postern.toml',
    ).loaded
    assert.deepEqual(
      config.restrictions.helo.map((word) => word.text),
      ['permit'],
    )
    assert.equal(config.restrictions.client[0]?.text, 'permit_mynetworks')
    assert.deepEqual([config.score.reject, config.score.quarantine], [20, 8])
  })

  it('is named as the place of its settings', () => {
    const { places } = readConfig('preset = "strict"\n[score]\nreject = 20\n', 'postern.toml').loaded
    assert.match(places.get('score.quarantine')?.file ?? '', /rules\/strict\.toml$/)
    assert.deepEqual(places.get('score.reject'), { file: 'postern.toml', line: 3 })
  })

  it('that is misspelt is told with the nearest one', () =>
    assert.deepEqual(
      readConfig('preset = "stict"', 'postern.toml').complaints.map(({ hint }) => hint),
      ['did you mean strict?'],
    ))

  it('is left alone by a config that names none', () =>
    assert.deepEqual(readConfig('', 'postern.toml').loaded.config.restrictions.helo, []))
})
