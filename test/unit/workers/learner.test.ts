// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Classifier } from '../../../src/bayes/examine.ts'
import { journalOf } from '../../../src/bayes/journal-file.ts'
import { emptyTable } from '../../../src/bayes/table.ts'
import { silentMeter } from '../../../src/metrics/registry.ts'
import { openLearner } from '../../../src/workers/learner.ts'
import { LineLog, tempFolder } from '../../support/custody.ts'

/** The key of a model without a prior (bayes/learn.ts). */
const seed = 0x506f7374
const letter = (n: number) =>
  Buffer.from(`Subject: rakes and seeds ${n}\r\n\r\nCompost is half price, letter ${n}.\r\n`)
const lesson = { spam: true, source: 'administrator', reader: '', reach: 'all' } as const

/** As an operator does, beside the running gateway: in a process of its own. */
async function trainBeside(model: string, folder: string): Promise<void> {
  const [spam, ham] = [join(folder, 'spam.eml'), join(folder, 'ham.eml')]
  await writeFile(spam, letter(2))
  await writeFile(ham, 'Subject: minutes\r\n\r\nThe board met on Monday.\r\n')
  const program = join(import.meta.dirname, '../../../src/main.ts')
  const words = ['train', '--no-prior', '--model', model, '--spam', spam, '--ham', ham]
  await promisify(execFile)(process.execPath, [program, ...words])
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(20)
}

it('learns in a thread that comes with the first lesson, goes when idle, and misses nobody else', async () => {
  await using folder = await tempFolder()
  const model = join(folder.path, 'bayes.model')
  const { buffer } = emptyTable(seed)
  const judged = () => new Classifier(buffer).classifyRaw(letter(0)).probability
  const ports = { log: new LineLog(), meter: silentMeter, keepUpMs: 20, idleMs: 100 }
  await using learner = await openLearner({ model, prior: null, buffer, ...ports })
  assert.equal(existsSync(journalOf(model)), false, 'no thread has come yet')
  await learner.learn({ ...lesson, raw: letter(1) })
  const first = judged()
  assert.ok(first > 0.5)
  // It saves what it knows when it goes.
  await until(() => existsSync(model))
  await trainBeside(model, folder.path)
  await until(() => judged() !== first)
  const second = judged()
  await learner.learn({ ...lesson, raw: letter(3) })
  assert.notEqual(judged(), second)
})
