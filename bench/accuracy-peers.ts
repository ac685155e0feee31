// SPDX-License-Identifier: Apache-2.0
/** Other filters on the same task: each with a database of its own in a scratch folder. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { measure, type Scored } from '../src/bayes/evaluate.ts'
import type { BenchSample, Task } from './accuracy-data.ts'
import { openRspamd, rspamdSettings, stopRspamd } from './accuracy-rspamd.ts'
import { combinations, openSpamassassin, tokenSources } from './accuracy-spamassassin.ts'

/** A filter that runs: learns and scores one message at a time. */
export interface Filter {
  learn(path: string, spam: boolean): Promise<void>
  /** Any number that grows with spamminess. */
  score(path: string): Promise<number>
  /** Called between learning and scoring. */
  settle(): Promise<void>
  close(): Promise<void>
}

export const peers = ['bogofilter', 'spamassassin', 'rspamd'] as const
export type Peer = (typeof peers)[number]

export function isInstalled(peer: Peer): boolean {
  const programs = {
    bogofilter: [['bogofilter', '-V']],
    spamassassin: [['sa-learn', '-V']],
    rspamd: [
      ['rspamd', '--version'],
      ['redis-server', '--version'],
    ],
  }
  return programs[peer].every(([program = '', flag = '']) => spawnSync(program, [flag]).error === undefined)
}

/** Settings of a peer: flags of bogofilter's, lines for the others; none are its defaults. */
export type Settings = readonly string[]

export interface Tuning {
  readonly settings: Settings
  readonly tried: number
}

export const untuned: Tuning = { settings: [], tried: 1 }

export async function runPeer(peer: Peer, task: Task, work: string, settings: Settings): Promise<readonly Scored[]> {
  const home = emptyFolder(work, `.${peer}`)
  if (peer === 'bogofilter') return bogofilter(task, home, settings)
  const filter = await (peer === 'rspamd' ? openRspamd(work, settings) : openSpamassassin(home, settings))
  try {
    return await drive(filter, task)
  } finally {
    await filter.close()
  }
}

/**
 * The best settings of a peer on one task. Bogofilter and SpamAssassin get about as many as Postern had, rspamd as many
 * as it lets one choose.
 */
export async function tunePeer(peer: Peer, task: Task, work: string): Promise<Tuning> {
  const choice = new Choice()
  if (peer === 'bogofilter') tuneBogofilter(task, work, choice)
  else if (peer === 'spamassassin') await tuneSpamassassin(task, work, choice)
  else for (const settings of rspamdSettings()) choice.try(settings, await runPeer(peer, task, work, settings))
  return choice
}

/** Defaults come first, and win where others are no better. */
class Choice implements Tuning {
  settings: Settings = []
  tried = 0
  #least = Number.POSITIVE_INFINITY

  try(settings: Settings, scored: readonly Scored[]): void {
    this.tried++
    const { oneMinusAuc } = measure(scored)
    if (oneMinusAuc >= this.#least) return
    this.#least = oneMinusAuc
    this.settings = settings
  }
}

/** Emptied, and for every user: rspamd's runs as its own. */
function emptyFolder(work: string, name: string): string {
  const folder = join(work, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o777 })
  return folder
}

/** It learns once for all the constants with which it may then score. */
async function tuneSpamassassin(task: Task, work: string, choice: Choice): Promise<void> {
  for (const sources of tokenSources) {
    const home = emptyFolder(work, '.tuning')
    const filter = await openSpamassassin(home, sources)
    try {
      choice.try(sources, await drive(filter, task))
      for (const setting of combinations()) {
        await filter.combine(setting)
        choice.try([...sources, setting], await scoreEach(filter, task))
      }
    } finally {
      await filter.close()
    }
  }
}

async function drive(filter: Filter, task: Task): Promise<Scored[]> {
  for (const sample of task.train) await filter.learn(sample.path, sample.spam)
  await filter.settle()
  return scoreEach(filter, task)
}

async function scoreEach(filter: Filter, { name, test }: Task): Promise<Scored[]> {
  const scored: Scored[] = []
  for (const sample of test) {
    scored.push({ spam: sample.spam, score: await filter.score(sample.path) })
    if (name === 'online') await filter.learn(sample.path, sample.spam)
  }
  return scored
}

/** Ends what runs from task to task. */
export const stopPeers = stopRspamd

/** Least deviation, s and x of Robinson's f(w), and the effective size factors: what bogotune searches. */
function* settings(): Generator<string[]> {
  for (const deviation of [0, 0.1, 0.2, 0.3, 0.375, 0.42, 0.45]) {
    for (const s of [0.001, 0.0056, 0.0178, 0.1, 0.32, 1]) {
      for (const x of [0.415, 0.47, 0.52, 0.6]) {
        for (const factor of [1, 0.5]) yield ['-m', `${deviation},${s},${x}`, '-E', `${factor},${factor}`]
      }
    }
  }
}

function tuneBogofilter(task: Task, work: string, choice: Choice): void {
  const home = emptyFolder(work, '.tuning')
  teach(home, task)
  choice.try([], scoreAll(home, task, []))
  for (const flags of settings()) choice.try(flags, scoreAll(home, task, flags))
}

function bogofilter(task: Task, home: string, flags: Settings): Scored[] {
  teach(home, task)
  if (task.name !== 'online') return scoreAll(home, task, flags)
  return task.test.map((sample, i) => {
    const said = i === 0 && task.train.length === 0 ? 0.5 : saidOf(score(home, [sample], flags), sample)
    learn(home, sample.spam ? '-s' : '-n', [sample])
    return { spam: sample.spam, score: said }
  })
}

function teach(home: string, { train }: Task): void {
  for (const spam of [true, false]) {
    learn(
      home,
      spam ? '-s' : '-n',
      train.filter((s) => s.spam === spam),
    )
  }
}

function scoreAll(home: string, { test }: Task, flags: Settings): Scored[] {
  const said = score(home, test, flags)
  return test.map((s) => ({ spam: s.spam, score: saidOf(said, s) }))
}

/** A message that bogofilter could not read must not pass for one it is unsure of. */
function saidOf(said: ReadonlyMap<string, number>, { path }: BenchSample): number {
  const score = said.get(path)
  if (score === undefined || !Number.isFinite(score)) throw new Error(`bogofilter said nothing of ${path}`)
  return score
}

function learn(home: string, flag: string, samples: readonly BenchSample[]): void {
  if (samples.length === 0) return
  spawnSync('bogofilter', ['-d', home, flag, '-b'], { input: `${samples.map((s) => s.path).join('\n')}\n` })
}

/** "PATH score" lines; -TT prints all digits, so that ties are real ones. */
function score(home: string, samples: readonly BenchSample[], flags: Settings): Map<string, number> {
  const input = `${samples.map((s) => s.path).join('\n')}\n`
  const { stdout } = spawnSync('bogofilter', ['-d', home, ...flags, '-b', '-TT'], {
    input,
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  })
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))] as const),
  )
}
