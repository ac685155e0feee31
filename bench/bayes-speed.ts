// SPDX-License-Identifier: Apache-2.0
/**
 * How fast the classifier reads and learns, beside bogofilter's bulk mode on the same messages in the same run.
 *
 *   node bench/bayes-speed.ts CORPORA [--manifest FILE] [--sample N] [--rounds N] [--json FILE]
 *
 * CPU seconds (user + system) of one core for both, files read inside the time, the better of several rounds each. Ours
 * is taken warm, as in a gateway that runs; its first, cold round is told beside. bogofilter's includes the start of its
 * one process for each run. Told beside: what learning costs without reading the message at all, which no reader can go
 * below. Then: start from a checkpoint, and memory of the model.
 */
import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startFrom } from '../src/bayes/evaluate.ts'
import { Classifier } from '../src/bayes/examine.ts'
import { type Sample, Trainer } from '../src/bayes/learn.ts'
import { readModel } from '../src/bayes/model.ts'
import { makeReader } from '../src/bayes/train.ts'
import { type BenchSample, loadCorpora } from './accuracy-data.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    manifest: { type: 'string' },
    sample: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
})
const [root] = positionals
if (root === undefined) {
  console.error('usage: node bench/bayes-speed.ts CORPORA [--manifest FILE] [--sample N] [--rounds N]')
  process.exit(64)
}
const rounds = Number(values.rounds)

interface Row {
  readonly corpus: string
  readonly messages: number
  /** µs of CPU a message. */
  readonly classify: number
  readonly classifyCold: number
  readonly learn: number
  /** Of it: opening and reading files, their digests, the journal and the table. */
  readonly learnFloor: number
  readonly peerClassify: number
  readonly peerLearn: number
}

const work = mkdtempSync(join(tmpdir(), 'postern-speed-'))
try {
  main(root)
} finally {
  rmSync(work, { recursive: true, force: true })
}

function main(corpora: string): void {
  const seed = startFrom(null, 0x506f7374).seed[0] ?? 0
  const samples = loadCorpora(
    corpora,
    values.manifest ?? join(corpora, 'manifest.tsv'),
    join(work, 'mail'),
    Number(values.sample),
    seed,
  )
  const rows = [...Map.groupBy(samples, (sample) => sample.corpus)]
    .filter(([, some]) => some.length >= 100)
    .map(([corpus, some]) => measureCorpus(corpus, some))
  const all = sumUp(rows)
  for (const row of [...rows, all]) print(row)
  const mean = (of: (row: Row) => number) =>
    Math.exp(rows.reduce((sum, row) => sum + Math.log(of(row)), 0) / rows.length)
  const classify = mean((row) => row.peerClassify / row.classify)
  const learn = mean((row) => row.peerLearn / row.learn)
  console.log(
    `geometric mean over corpora: classify ${classify.toFixed(2)} ×, learn ${learn.toFixed(2)} × bogofilter -b`,
  )
  const most = mean((row) => row.peerLearn / row.learnFloor)
  console.log(
    `of learning, files, digests, journal and table alone take ${all.learnFloor.toFixed(0)} µs: ${most.toFixed(2)} × if reading a message cost nothing`,
  )
  startAndMemory()
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows: [...rows, all] }, null, 1)}\n`)
}

function measureCorpus(corpus: string, samples: readonly BenchSample[]): Row {
  const perMessage = (seconds: number) => (seconds * 1e6) / samples.length
  let [classify, learn, learnFloor, peerClassify, peerLearn] = [Infinity, Infinity, Infinity, Infinity, Infinity]
  let classifyCold = 0
  for (let round = 0; round < rounds; round++) {
    const ours = runOurs(samples, round)
    const peer = runPeer(samples)
    if (round === 0) classifyCold = perMessage(ours.classify)
    classify = Math.min(classify, perMessage(ours.classify))
    learn = Math.min(learn, perMessage(ours.learn))
    learnFloor = Math.min(learnFloor, perMessage(ours.learnFloor))
    peerClassify = Math.min(peerClassify, perMessage(peer.classify))
    peerLearn = Math.min(peerLearn, perMessage(peer.learn))
  }
  return { corpus, messages: samples.length, classify, classifyCold, learn, learnFloor, peerClassify, peerLearn }
}

/** Learns into a fresh model and its journal, both on disk, as `postern train` does; then classifies with it. */
function runOurs(samples: readonly BenchSample[], round: number) {
  const path = join(work, `ours-${round}.model`)
  rmSync(`${path}.journal`, { force: true })
  const trainer = new Trainer({ path, basePath: null, clock: { now: () => 0 as never } })
  const read = makeReader(trainer)
  let batch: Sample[] = []
  const reading = cpuOf('self', () => {
    batch = samples.map((s) => ({ ...read(readFileSync(s.path)), spam: s.spam }))
  })
  const storing = cpuOf('self', () => void trainer.learn(batch, 'administrator'))
  const touching = cpuOf('self', () => samples.forEach(({ path }) => void hash('sha256', readFileSync(path))))
  const classifier = new Classifier(trainer.table.buffer)
  const classify = cpuOf('self', () => {
    for (const sample of samples) classifier.classifyRaw(readFileSync(sample.path))
  })
  trainer.close()
  return { classify, learn: reading + storing, learnFloor: touching + storing }
}

function runPeer(samples: readonly BenchSample[]): { classify: number; learn: number } {
  const home = join(work, 'bogofilter')
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home)
  const list = (some: readonly BenchSample[]) => `${some.map((s) => s.path).join('\n')}\n`
  const run = (flags: readonly string[], some: readonly BenchSample[]) => {
    if (some.length === 0) return
    const { error } = spawnSync('bogofilter', ['-d', home, ...flags, '-b'], { input: list(some), maxBuffer: 1 << 28 })
    if (error !== undefined) throw error
  }
  const learn = cpuOf('children', () => {
    run(
      ['-s'],
      samples.filter((s) => s.spam),
    )
    run(
      ['-n'],
      samples.filter((s) => !s.spam),
    )
  })
  return { learn, classify: cpuOf('children', () => run(['-T'], samples)) }
}

/** CPU seconds of this process, or of the children that ended meanwhile (proc(5): stat fields 16 and 17). */
function cpuOf(whose: 'self' | 'children', work: () => void): number {
  const read = () => {
    if (whose === 'self') {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    }
    const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[13]) + Number(fields[14])) / 100
  }
  const before = read()
  work()
  return read() - before
}

function sumUp(rows: readonly Row[]): Row {
  const messages = rows.reduce((sum, row) => sum + row.messages, 0)
  const mean = (of: (row: Row) => number) => rows.reduce((sum, row) => sum + of(row) * row.messages, 0) / messages
  return {
    corpus: 'all',
    messages,
    classify: mean((row) => row.classify),
    classifyCold: mean((row) => row.classifyCold),
    learn: mean((row) => row.learn),
    learnFloor: mean((row) => row.learnFloor),
    peerClassify: mean((row) => row.peerClassify),
    peerLearn: mean((row) => row.peerLearn),
  }
}

function print(row: Row): void {
  const ratio = (peer: number, ours: number) => `${(peer / ours).toFixed(2)} ×`.padStart(8)
  const us = (value: number) => `${value.toFixed(0)} µs`.padStart(8)
  const name = `${row.corpus} (${row.messages})`.padEnd(24)
  console.log(
    `${name}classify${us(row.classify)} (cold${us(row.classifyCold)}) bogofilter${us(row.peerClassify)}${ratio(row.peerClassify, row.classify)}` +
      `   learn${us(row.learn)} bogofilter${us(row.peerLearn)}${ratio(row.peerLearn, row.learn)}`,
  )
}

function startAndMemory(): void {
  const path = join(work, `ours-${rounds - 1}.model`)
  const trainer = new Trainer({ path, basePath: null, clock: { now: () => 0 as never } })
  trainer.save()
  trainer.close()
  const before = performance.now()
  const cpu = (cpuOf('self', () => void readModel(path)) * 1000).toFixed(0)
  const ms = (performance.now() - before).toFixed(0)
  const { table } = readModel(path)
  console.log(
    `start from a checkpoint ${ms} ms (${cpu} ms of CPU), model in memory ${(table.buffer.byteLength / 2 ** 20).toFixed(1)} MiB`,
  )
}
