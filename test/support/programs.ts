// SPDX-License-Identifier: Apache-2.0
/** Real programs as tests use them: found or skipped with a reason, run to their end with what they said. */
import { spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'

/** False when all of the programs are here; else the reason to skip. */
export function without(...programs: readonly string[]): string | false {
  const missing = programs.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  return missing.length === 0 ? false : `not installed: ${missing.join(', ')}`
}

export interface Ran {
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

const deadlineMs = 60_000

/** Rejects only when the program cannot be started. */
export async function runProgram(program: string, words: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(program, words, { timeout: deadlineMs })
  const ended = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  child.stdin.on('error', () => undefined).end(input)
  const [out, err, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { exitCode, out, err }
}
