// SPDX-License-Identifier: Apache-2.0
/** bogofilter on the same task: its own database in a scratch folder, its own defaults. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Scored } from '../src/bayes/evaluate.ts'
import type { BenchSample, Task } from './accuracy-data.ts'

export interface PeerRun {
  readonly scored: readonly Scored[]
  readonly trainSeconds: number
  readonly testSeconds: number
}

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['-V']).error === undefined
}

export function runBogofilter(task: Task, work: string): PeerRun {
  const home = join(work, '.bogofilter')
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  return task.name === 'online' ? online(task, home) : batch(task, home)
}

function batch(task: Task, home: string): PeerRun {
  const start = performance.now()
  learn(
    home,
    '-s',
    task.train.filter((s) => s.spam),
  )
  learn(
    home,
    '-n',
    task.train.filter((s) => !s.spam),
  )
  const trained = performance.now()
  const said = score(home, task.test)
  const scored = task.test.map((s) => ({ spam: s.spam, score: said.get(s.path) ?? 0.5 }))
  return { scored, trainSeconds: (trained - start) / 1000, testSeconds: (performance.now() - trained) / 1000 }
}

/** One process to score and one to learn for each message, as in a mail delivery. */
function online(task: Task, home: string): PeerRun {
  const start = performance.now()
  const scored = task.test.map((sample, i) => {
    const said = i === 0 ? 0.5 : (score(home, [sample]).get(sample.path) ?? 0.5)
    learn(home, sample.spam ? '-s' : '-n', [sample])
    return { spam: sample.spam, score: said }
  })
  return { scored, trainSeconds: 0, testSeconds: (performance.now() - start) / 1000 }
}

function learn(home: string, flag: string, samples: readonly BenchSample[]): void {
  if (samples.length === 0) return
  spawnSync('bogofilter', ['-d', home, flag, '-b'], { input: `${samples.map((s) => s.path).join('\n')}\n` })
}

/** "PATH score" lines; -TT prints all digits, so that ties are real ones. */
function score(home: string, samples: readonly BenchSample[]): Map<string, number> {
  const input = `${samples.map((s) => s.path).join('\n')}\n`
  const { stdout } = spawnSync('bogofilter', ['-d', home, '-b', '-TT'], { input, maxBuffer: 1 << 28, encoding: 'utf8' })
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))] as const),
  )
}
