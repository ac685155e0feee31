// SPDX-License-Identifier: Apache-2.0
/** Learns one message after the other and says so; killed at any moment by learning.test.ts. */
import { writeSync } from 'node:fs'
import { Trainer } from '../../src/bayes/learn.ts'
import type { EpochMs } from '../../src/core/brand.ts'
import { lessonOf } from './lessons.ts'

const [path = '', first = '0'] = process.argv.slice(2)
const trainer = new Trainer({ path, basePath: null, clock: { now: () => 1 as EpochMs } })
for (let n = Number(first); ; n++) {
  trainer.learn([lessonOf(n)], 'user')
  writeSync(1, `${n}\n`)
  if (n % 40 === 39) trainer.save()
}
