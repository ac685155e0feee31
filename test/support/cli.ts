// SPDX-License-Identifier: Apache-2.0
/** Runs one command of the program in this process. */
import { run } from '../../src/cli/cli.ts'
import type { Ran } from './programs.ts'

export async function postern(...words: readonly string[]): Promise<Ran> {
  const said = { out: '', err: '' }
  const exitCode = await run(words, {
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    isTerminal: false,
    input: (async function* (): AsyncGenerator<Uint8Array> {})(),
  })
  process.exitCode = 0
  return { exitCode, ...said }
}
