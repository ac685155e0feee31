// SPDX-License-Identifier: Apache-2.0
/** What the accuracy bench prints, and the rows it keeps for a later run. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Measures } from '../src/bayes/evaluate.ts'
import type { Task } from './accuracy-data.ts'
import { peers, type Tuning } from './accuracy-peers.ts'

export interface Row {
  readonly corpus: string
  readonly task: string
  readonly filter: string
  readonly measures: Measures
  /** Of the messages, labels and order: a row holds for another run only where it is the same. */
  readonly key: string
}

/** The file that --json writes and --peers-from reads. */
export interface Report {
  readonly rows: readonly Row[]
  readonly tunings: Readonly<Record<string, Tuning>>
}

/** Reads and joins what former runs wrote. */
export function readReports(paths: readonly string[]): Report {
  const all = paths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report)
  return { rows: all.flatMap(({ rows }) => rows), tunings: Object.assign({}, ...all.map(({ tunings }) => tunings)) }
}

export function keyOf(task: Task): string {
  const hash = createHash('sha256').update(task.name)
  for (const sample of [...task.train, null, ...task.test]) {
    hash.update(sample === null ? '|' : `${sample.digest} ${sample.spam}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

export function print(rows: readonly Row[]): void {
  for (const { corpus, task, filter, measures: m } of rows) {
    const cells = [m.oneMinusAuc.toFixed(3), m.missedAtTenth.toFixed(1), m.missedAtOne.toFixed(1), m.lam.toFixed(2)]
    const shown = cells.map((cell) => cell.padStart(8)).join('')
    console.log(`${`${corpus}/${task}`.padEnd(22)}${filter.padEnd(15)}${shown}   cal ${m.calibrationError.toFixed(1)}`)
  }
}

/** Geometric mean over corpora of (1−AUC) %, with a floor: a perfect run would make every mean zero. */
export function summary(rows: readonly Row[]): void {
  for (const [key, some] of Map.groupBy(rows, (row) => `${row.task.padEnd(7)} ${row.filter}`)) {
    const mean = geometricMean(some)
    console.log(`mean ${key.padEnd(24)} ${mean.toFixed(4)}   (${some.length} corpora)`)
  }
}

/** Bogofilter that has learnt the prior's mail before. */
export const taughtAlike = 'bogofilter+mail'

/** Postern against the best of the others in each task: from nothing, as they start, and as it ships. */
export function compare(rows: readonly Row[]): void {
  for (const [task, some] of Map.groupBy(rows, (row) => row.task)) {
    const mean = (filter: string) => geometricMean(some.filter((row) => row.filter === filter))
    const corpora = new Set(some.map((row) => row.corpus)).size
    // Who was not run on every corpus has no mean to compare with.
    const others = peers.filter((peer) => some.filter((row) => row.filter === peer).length === corpora)
    const best = others.toSorted((a, b) => mean(a) - mean(b))[0]
    if (best === undefined) continue
    for (const [start, filter] of Object.entries({ 'as shipped': 'postern+prior', 'from nothing': 'postern' })) {
      const lowest = [...Map.groupBy(some, (row) => row.corpus)].filter(([, all]) => {
        const missed = (name: string) => all.find((row) => row.filter === name)?.measures.missedAtTenth ?? Infinity
        return others.every((peer) => missed(filter) <= missed(peer))
      })
      const ratio = (mean(filter) / mean(best)).toFixed(2)
      const fewest = `fewest missed at 0.1 % on ${lowest.length} corpora`
      console.log(`${task}, ${start}: (1-AUC) % is ${ratio} of ${best}'s; ${fewest}`)
    }
    const alike = (mean('postern+prior') / mean(taughtAlike)).toFixed(2)
    console.log(`${task}, as shipped: ${alike} of bogofilter's where that learnt the prior's mail first`)
  }
}

function geometricMean(rows: readonly Row[]): number {
  // With a floor: a perfect run would make every mean zero.
  const logs = rows.map((row) => Math.log(Math.max(row.measures.oneMinusAuc, 0.001)))
  return Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length)
}
