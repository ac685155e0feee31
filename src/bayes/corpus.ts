// SPDX-License-Identifier: Apache-2.0
/** Where labelled mail lies: one message, mbox, Maildir, folder tree, manifest, or standard input. Bounded memory. */
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../core/failure.ts'
import { didYouMean } from '../kit/nearest.ts'
import { looksLikeMail, maxMessage, readFile, readStart, splitMbox, startBytes, streamFile } from './corpus-files.ts'
import { type ArchiveKind, archiveKind, readTar } from './corpus-tar.ts'

export interface CorpusMessage {
  /** The file, with "#n" for the n-th message of an mbox; "-" for standard input. */
  readonly name: string
  readonly raw: Buffer
}

export interface CorpusOptions {
  /** Rows of a manifest with another label are passed over. */
  readonly label: 'ham' | 'spam' | null
  /** Where "-" reads from; null when there is no standard input. */
  readonly stdin: AsyncIterable<Uint8Array> | null
  /** Told of files inside folders that are no mail. */
  readonly onSkip: (name: string, because: string) => void
}

/** Shelf folders that hold messages not meant to be read yet, and our own bookkeeping. */
const passedOver = new Set(['tmp', '.git'])

/**
 * Every message under the paths, in the order of names. UserErrors: 66 absent or unreadable, 65 empty or no mail
 * (for a path that was named; inside folders such files are skipped and told).
 */
export async function* readCorpus(paths: readonly string[], options: CorpusOptions): AsyncGenerator<CorpusMessage> {
  for (const path of paths) {
    if (path === '-') yield* readStdin(options)
    else {
      const stats = inspect(path)
      if (stats.isDirectory()) yield* readFolder(path, options)
      else yield* readNamed(path, stats.size, options)
    }
  }
}

function inspect(path: string): Stats {
  try {
    return statSync(path)
  } catch (cause) {
    throw new UserError(66, [problem(path, reason(cause), neighbour(path))])
  }
}

/** "did you mean …?" among the files that are there. */
function neighbour(path: string): string | null {
  try {
    return didYouMean(
      path,
      readdirSync(dirname(path)).map((name) => join(dirname(path), name)),
    )
  } catch {
    return null
  }
}

async function* readNamed(path: string, size: number, options: CorpusOptions): AsyncGenerator<CorpusMessage> {
  const start = attempt(path, () => readStart(path, size))
  if (start.length === 0) throw new UserError(65, [problem(path, 'is empty', null)])
  const archive = archiveKind(start)
  if (archive !== null) yield* readArchive(path, archive, options)
  else if (isManifest(start)) yield* readManifest(path, options)
  else if (!(yield* readMail(path, size, start)))
    throw new UserError(65, [problem(path, 'is no mail message, mbox or manifest', 'mail starts with header fields')])
}

async function* readFolder(path: string, options: CorpusOptions): AsyncGenerator<CorpusMessage> {
  const entries = attempt(path, () => readdirSync(path, { withFileTypes: true }))
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = join(path, entry.name)
    // Links to files are followed, links to folders are not: one to a parent would never end.
    if (entry.isDirectory()) {
      if (!passedOver.has(entry.name)) yield* readFolder(at, options)
    } else yield* readInFolder(at, options)
  }
}

async function* readInFolder(path: string, options: CorpusOptions): AsyncGenerator<CorpusMessage> {
  let start: Buffer
  let size = 0
  try {
    const found = statSync(path)
    if (!found.isFile()) return
    size = found.size
    start = readStart(path, size)
  } catch (cause) {
    options.onSkip(path, reason(cause))
    return
  }
  if (start.length === 0) options.onSkip(path, 'is empty')
  else if (archiveKind(start) !== null) options.onSkip(path, 'is an archive: name it itself')
  else if (isManifest(start)) options.onSkip(path, 'is a manifest')
  else if (!(yield* readMail(path, size, start))) options.onSkip(path, 'is no mail message')
}

/** A message or an mbox; false where the beginning is that of neither. */
async function* readMail(path: string, size: number, start: Buffer): AsyncGenerator<CorpusMessage, boolean> {
  const isWhole = start.length === size
  if (isMbox(start)) yield* readMbox(path, size, isWhole ? [start] : streamFile(path))
  else if (looksLikeMail(start)) yield { name: path, raw: isWhole ? start : attempt(path, () => readFile(path)) }
  else return false
  return true
}

/** Members of a labelled archive (…/ham/…, …/spam/…) with the other label are passed over, as rows of a manifest are. */
async function* readArchive(
  path: string,
  kind: ArchiveKind,
  { label, onSkip }: CorpusOptions,
): AsyncGenerator<CorpusMessage> {
  const other = label === 'spam' ? 'ham' : label === 'ham' ? 'spam' : null
  try {
    for await (const { name, bytes } of readTar(path, kind)) {
      if (other !== null && name.split('/').includes(other)) continue
      if (looksLikeMail(bytes) || isMbox(bytes)) yield { name: `${path}:${name}`, raw: bytes }
      else onSkip(`${path}:${name}`, 'is no mail message')
    }
  } catch (cause) {
    throw new UserError(65, [problem(path, reason(cause), null)])
  }
}

/** One message with an mbox "From " line is a message; more make an mbox. The splitter treats both alike. */
function isMbox(start: Buffer): boolean {
  return start.subarray(0, 5).toString('latin1') === 'From '
}

async function* readMbox(
  path: string,
  size: number,
  pieces: Parameters<typeof splitMbox>[0],
): AsyncGenerator<CorpusMessage> {
  let n = 0
  for await (const raw of splitMbox(pieces)) {
    n++
    yield { name: size > maxMessage || n > 1 ? `${path}#${n}` : path, raw }
  }
}

async function* readStdin(options: CorpusOptions): AsyncGenerator<CorpusMessage> {
  if (options.stdin === null) throw new UserError(64, [problem('-', 'there is no standard input here', null)])
  let n = 0
  for await (const raw of splitMbox(options.stdin)) {
    if (!looksLikeMail(raw)) throw new UserError(65, [problem('-', 'standard input is no mail message or mbox', null)])
    n++
    yield { name: n > 1 ? `-#${n}` : '-', raw }
  }
  if (n === 0) throw new UserError(65, [problem('-', 'standard input is empty', null)])
}

export interface ManifestRow {
  /** Joined with the manifest's folder. */
  readonly path: string
  readonly label: string
  /** Near-duplicates share one; the path itself where the manifest has no such column. */
  readonly group: string
  /** Empty where the manifest has no such column. */
  readonly language: string
}

function isManifest(start: Buffer): boolean {
  const first = (start.toString('utf8', 0, startBytes).split('\n', 1)[0] ?? '').trim().split('\t')
  return first.includes('path') && first.includes('label')
}

/** The rows of a tab-separated manifest with the columns path and label, others being free. UserError 65 with the line. */
export function parseManifest(path: string): readonly ManifestRow[] {
  const [head = '', ...rest] = attempt(path, () => readFileSync(path, 'utf8')).split('\n')
  const columns = head.trim().split('\t')
  const at = {
    path: columns.indexOf('path'),
    label: columns.indexOf('label'),
    group: columns.indexOf('group'),
    language: columns.indexOf('language'),
  }
  if (at.path < 0 || at.label < 0) throw new UserError(65, [problem(path, 'lacks the column path or label', null)])
  const rows: ManifestRow[] = []
  for (const [i, line] of rest.entries()) {
    if (line.trim() === '') continue
    const cells = line.replace(/\r$/, '').split('\t')
    const file = cells[at.path] ?? ''
    const label = cells[at.label] ?? ''
    if (file === '' || label === '') {
      throw new UserError(65, [{ file: path, line: i + 2, text: 'lacks a path or a label', hint: null }])
    }
    rows.push({
      path: join(dirname(path), file),
      label,
      group: cells[at.group] ?? file,
      language: cells[at.language] ?? '',
    })
  }
  return rows
}

async function* readManifest(path: string, options: CorpusOptions): AsyncGenerator<CorpusMessage> {
  for (const row of parseManifest(path)) {
    if (options.label !== null && row.label !== options.label) continue
    yield* readNamed(row.path, inspect(row.path).size, options)
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    throw new UserError(66, [problem(path, reason(cause), null)])
  }
}

function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'may not be read'
  return cause instanceof Error ? cause.message : String(cause)
}

function problem(file: string, text: string, hint: string | null) {
  return { file, line: 0, text, hint }
}
