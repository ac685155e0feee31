// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readNetworks } from '../../../src/app/listeners.ts'
import { readConfig } from '../../../src/config/load.ts'
import { printComplaint } from '../../../src/core/failure.ts'

function complaintsOf(networks: string): string[] {
  return readNetworks(readConfig(`mynetworks = [\n${networks}\n]`, 'postern.toml').loaded).complaints.map(
    printComplaint,
  )
}

describe('mynetworks', () => {
  for (const everybody of ['0.0.0.0/0', '[::]/0'])
    it(`of everybody (${everybody}) is refused: it would make an open relay`, () =>
      assert.deepEqual(complaintsOf(`"10.0.0.0/8",\n"${everybody}"`), [
        `postern.toml:3: mynetworks: "${everybody}" would make an open relay (name your own networks)`,
      ]))

  it('of somebody is taken', () => assert.deepEqual(complaintsOf('"10.0.0.0/8", "[fd00::]/8"'), []))
})
