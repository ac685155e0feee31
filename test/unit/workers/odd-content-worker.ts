// SPDX-License-Identifier: Apache-2.0
/** A worker of the crew that does what the message says. */
import { threadId } from 'node:worker_threads'
import { fact } from '../../../src/core/evidence.ts'
import type { Examination } from '../../../src/core/examiner.ts'
import type { Steps } from '../../../src/kit/steps.ts'
import { realClock } from '../../../src/service/real-world.ts'
import { unknownAuth } from '../../../src/workers/crew.ts'
import { serveCrew } from '../../../src/workers/serve.ts'

const found = (...names: string[]): Examination => ({
  auth: unknownAuth,
  evidence: names.map((name) => fact(name)),
  authors: [],
  probability: null,
  spentMs: {},
  incomplete: [],
})

function spin(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** Three steps; the second takes so many milliseconds. */
function* stepsOf(ms: number): Steps<Examination> {
  yield
  spin(ms)
  yield
  return found('STEPS')
}

serveCrew(
  (setup, dns) => async (job, signal, onStage, take) => {
    const [what = '', argument = ''] = Buffer.from(job.raw).toString().split(' ')
    onStage('rules', unknownAuth, [fact('SEEN')])
    if (what === 'hang') spin(60_000)
    if (what === 'spin' || what === 'who') spin(Number(argument))
    if (what === 'who') return found(`THREAD_${threadId}`)
    if (what === 'steps') return take(stepsOf(Number(argument)), job.raw.length)
    if (what === 'throw') throw new Error('odd')
    if (what === 'die') process.exit(3)
    if (what === 'wait') await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    if (what === 'ask') return found((await dns.txt(argument)).kind)
    return found('DONE', setup.hostname)
  },
  realClock,
)
