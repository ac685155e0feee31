// SPDX-License-Identifier: Apache-2.0
/** Corpora for the accuracy bench: cleaned of what receivers wrote, read once, split without tearing groups. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { EvaluationSample } from '../src/bayes/evaluate.ts'
import { foldOf } from '../src/bayes/evaluate.ts'
import { makeReader } from '../src/bayes/train.ts'
import { priorFiles } from './prior.ts'

export interface BenchSample extends EvaluationSample {
  readonly corpus: string
  /** The cleaned file. */
  readonly path: string
  readonly date: string
}

export interface Task {
  readonly name: string
  readonly corpus: string
  readonly train: readonly BenchSample[]
  readonly test: readonly BenchSample[]
}

/** Corpora of one class are judged together with others. */
const together: Readonly<Record<string, readonly string[]>> = {
  spamassassin: ['spamassassin'],
  csdmc2010: ['csdmc2010'],
  vger_lists: ['vger_lists'],
  modern: ['phishing_pot', 'openbmc_list', 'usrp_users_list'],
}

/** Header fields that earlier filters and receivers wrote: they would give the label to everybody. */
const receiverFields =
  /^(?:x-spam|x-barracuda|x-asg-|x-ms-|x-microsoft|x-eop|x-sid-|x-forefront|x-incoming|x-sender-ip|x-rc-|x-amavis|x-policyd|xchecker|xlevel|xstatus|x-virus|authentication-results|received-spf|arc-|delivered-to|x-original-to|return-path|delivery-date|status|x-status|x-keywords|x-folder|x-origin|x-filename|x-from|x-to|x-cc|x-bcc|x-account-key|x-uidl|x-mozilla|old-return-path|x-exchange|x-google-|x-gm-|x-received)/i
const receiverNames = /phishing@pot|lfdr\.de|spamassassin\.taint\.org|csmining\.org/gi

export function clean(raw: string): string {
  const text = raw.startsWith('From ') ? raw.slice(raw.indexOf('\n') + 1) : raw
  const border = /\r?\n\r?\n/.exec(text)?.index ?? text.length
  const fields: string[] = []
  for (const line of text.slice(0, border).split(/\r?\n/)) {
    if (/^[ \t]/.test(line) && fields.length > 0) fields.push(`${fields.pop()}\n${line}`)
    else fields.push(line)
  }
  const head = fields.filter((field) => !receiverFields.test(field)).join('\n')
  return (head + text.slice(border).replace(/\r\n/g, '\n')).replace(receiverNames, 'host.invalid')
}

/** Reads the manifest's messages; cleaned copies go to `work`. `most` samples of every corpus, evenly by order. */
export function loadCorpora(root: string, manifest: string, work: string, most: number, seed: number): BenchSample[] {
  const rows = readFileSync(manifest, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((row) => row[1] === 'ham' || row[1] === 'spam')
  const perCorpus = Map.groupBy(rows, (row) => row[2] ?? '')
  const read = makeReader({ table: { seed: Uint32Array.of(seed) } })
  const samples: BenchSample[] = []
  for (const [corpus, all] of perCorpus) {
    const step = Math.max(1, all.length / most)
    for (let i = 0; i < all.length; i += step) {
      const row = all[Math.floor(i)] ?? []
      const path = join(work, row[0] ?? '')
      const text = clean(readFileSync(join(root, row[0] ?? ''), 'latin1'))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text, 'latin1')
      const { digest, features } = read(Buffer.from(text, 'latin1'))
      samples.push({
        digest,
        features,
        spam: row[1] === 'spam',
        group: row[8] ?? path,
        corpus,
        path,
        date: row[5] ?? '',
      })
    }
  }
  return samples
}

/** What the prior was made of, for a peer to learn first; it needs no features. */
export function priorMail(root: string, without: string, work: string): BenchSample[] {
  return [...priorFiles(root, without)].map(({ path, spam }, i) => {
    const copy = join(work, `prior-without-${without}`, `${i}.eml`)
    mkdirSync(dirname(copy), { recursive: true })
    writeFileSync(copy, clean(readFileSync(path, 'latin1')), 'latin1')
    return { digest: '', features: new Uint32Array(), spam, group: copy, corpus: 'prior', path: copy, date: '' }
  })
}

/** The four tasks of every judged corpus. */
export function makeTasks(samples: readonly BenchSample[], names: readonly string[]): Task[] {
  const tasks: Task[] = []
  for (const [corpus, parts] of Object.entries(together)) {
    const mine = samples.filter((s) => parts.includes(s.corpus)).sort((a, b) => (a.date < b.date ? -1 : 1))
    if (!mine.some((s) => s.spam) || !mine.some((s) => !s.spam)) continue
    const groups = new Set(mine.map((s) => s.group))
    const even = mine.filter((s) => foldOf(s.group, 2) === 0)
    const odd = mine.filter((s) => foldOf(s.group, 2) === 1)
    const mixed = byDigest(even)
    const few = byDigest([...mixed.filter((s) => s.spam).slice(0, 50), ...mixed.filter((s) => !s.spam).slice(0, 50)])
    const others = byDigest(samples.filter((s) => !parts.includes(s.corpus) && !groups.has(s.group)))
    tasks.push({ name: 'half', corpus, train: mixed, test: odd })
    tasks.push({ name: 'few', corpus, train: few, test: odd })
    tasks.push({ name: 'cross', corpus, train: others, test: mine })
    tasks.push({ name: 'online', corpus, train: [], test: mine })
  }
  return tasks.filter((task) => names.includes(task.name))
}

function byDigest(samples: readonly BenchSample[]): BenchSample[] {
  return [...samples].sort((a, b) => (a.digest < b.digest ? -1 : 1))
}
