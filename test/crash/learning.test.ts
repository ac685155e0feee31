// SPDX-License-Identifier: Apache-2.0
/** kill -9 while the classifier learns: what was acknowledged is there, once, and the model is what the journal says. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Trainer } from '../../src/bayes/learn.ts'
import type { EpochMs } from '../../src/core/brand.ts'
import { lessonOf } from './lessons.ts'

/** More of them: POSTERN_CRASH_ROUNDS. */
const rounds = Number(process.env['POSTERN_CRASH_ROUNDS'] ?? 4)
const folder = mkdtempSync(join(tmpdir(), 'postern-learning-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const open = (path: string) => new Trainer({ path, basePath: null, clock: { now: () => 1 as EpochMs } })

/** Lets it learn for a while, and kills it; the last lesson that it acknowledged. */
async function killed(path: string, first: number, ms: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'learner.ts'), path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await once(child.stdout, 'data')
  await sleep(ms)
  child.kill('SIGKILL')
  await once(child, 'close')
  return Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1))
}

test('killed at any moment, nothing acknowledged is lost and nothing is learnt twice', async () => {
  const path = join(folder, 'a.model')
  let last = -1
  for (let round = 0; round < rounds; round++) {
    // From a few lessons back: what is known already must not count again.
    // On a slow machine it may be killed before it is past those.
    last = Math.max(last, await killed(path, Math.max(0, last - 5), 20 + ((round * 67) % 190)))
    const trainer = open(path)
    for (let n = 0; n <= last; n++) assert.equal(trainer.labelsOf(lessonOf(n).digest).length, 1, `lesson ${n}`)
    const { ham, spam } = trainer.trained
    assert.ok(ham + spam === last + 1 || ham + spam === last + 2, 'at most one lesson was durable and not yet told')
    const expected = open(join(folder, `fresh-${round}.model`))
    for (let n = 0; n < ham + spam; n++) expected.learn([lessonOf(n)], 'user')
    assert.ok(Buffer.from(trainer.table.buffer).equals(Buffer.from(expected.table.buffer)))
    trainer.close()
    expected.close()
    last = ham + spam - 1
  }
})
