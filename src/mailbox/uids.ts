// SPDX-License-Identifier: Apache-2.0
/**
 * UIDs of one folder: the file "postern-uids" in the folder's directory, a journal of lines ended by LF, UTF-8:
 *
 *   postern-uids 1                    format and version; always the first line
 *   v 1764000000 18                   UIDVALIDITY and a UID that was free when the line was written
 *   + 17 1763999999.M5P2R9aQ1.host    UID 17 names this base (file name without ":2,flags")
 *   k 17 $Forwarded Project           the keywords of 17, all of them; none after the number: no keywords
 *   - 17                              17 was expunged, or its file is gone; the number is never used again
 *
 * Lines are only appended, and "+" lines are synced before any client hears of the UID. So a crash leaves at most an
 * unfinished last line, of which nobody was told: it is cut off. A UID whose file is gone is dropped with "-" when the
 * folder is next read; a file without a UID gets the next one. Where the first two lines cannot be read, the file is
 * put aside as "postern-uids.broken" and the folder begins anew with another UIDVALIDITY (RFC 3501 §2.3.1.1).
 * When most lines are history the file is rewritten (tmp, sync, rename). One process writes a folder's file.
 */
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from './durable.ts'

export const uidsFile = 'postern-uids'
const firstLine = 'postern-uids 1'
/** RFC 3501 §9 nz-number. */
const maxUid = 4_294_967_295
/** History that is tolerated beyond twice the living. */
const slackLines = 2000

interface State {
  validity: number
  next: number
  readonly byBase: Map<string, number>
  readonly keywords: Map<number, readonly string[]>
  lines: number
  /** Bytes of whole lines. */
  size: number
}

/** The journal's text as a state; null where its head is not ours. */
export function parseUids(bytes: Uint8Array): State | null {
  const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1)
  const lines = Buffer.from(whole).toString('utf8').split('\n')
  const head = /^v (\d{1,10}) (\d{1,10})$/.exec(lines[1] ?? '')
  if (lines[0] !== firstLine || head === null) return null
  const state: State = {
    validity: Number(head[1]),
    next: Number(head[2]),
    byBase: new Map(),
    keywords: new Map(),
    lines: lines.length - 1,
    size: whole.length,
  }
  const byUid = new Map<number, string>()
  for (const line of lines.slice(2)) readLine(line, state, byUid)
  return state
}

function readLine(line: string, state: State, byUid: Map<number, string>): void {
  const [, verb, number, rest] = /^([-+k]) (\d{1,10})(?: (.*))?$/.exec(line) ?? []
  const uid = Number(number)
  if (verb === undefined || uid < 1 || uid > maxUid) return
  if (verb === '+' && rest !== undefined && !state.byBase.has(rest) && !byUid.has(uid)) {
    state.byBase.set(rest, uid)
    byUid.set(uid, rest)
  }
  if (verb === '-') {
    state.byBase.delete(byUid.get(uid) ?? '')
    byUid.delete(uid)
    state.keywords.delete(uid)
  }
  if (verb === 'k' && rest !== undefined) state.keywords.set(uid, rest.split(' '))
  if (verb === 'k' && rest === undefined) state.keywords.delete(uid)
  state.next = Math.max(state.next, uid + 1)
}

function printUids(state: State): string {
  const lines = [firstLine, `v ${state.validity} ${state.next}`]
  for (const [base, uid] of state.byBase) {
    lines.push(`+ ${uid} ${base}`)
    const words = state.keywords.get(uid)
    if (words !== undefined) lines.push(`k ${uid} ${words.join(' ')}`)
  }
  return `${lines.join('\n')}\n`
}

export class Uids {
  readonly #path: string
  #state: State

  private constructor(path: string, state: State) {
    this.#path = path
    this.#state = state
  }

  /**
   * Reads the folder's journal, or begins one. newValidity is asked only then; it must never give the same number
   * twice for one account.
   */
  static async load(directory: string, newValidity: () => Promise<number>): Promise<Uids> {
    const path = join(directory, uidsFile)
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return null
      throw cause
    })
    const found = bytes === null ? null : parseUids(bytes)
    if (found !== null) {
      const uids = new Uids(path, found)
      if (found.lines > slackLines + 2 * (found.byBase.size + found.keywords.size)) await uids.#rewrite()
      return uids
    }
    if (bytes !== null) await rename(path, `${path}.broken`)
    const validity = await newValidity()
    const uids = new Uids(path, { validity, next: 1, byBase: new Map(), keywords: new Map(), lines: 0, size: 0 })
    await uids.#rewrite()
    return uids
  }

  get validity(): number {
    return this.#state.validity
  }

  get next(): number {
    return this.#state.next
  }

  uidOf(base: string): number | undefined {
    return this.#state.byBase.get(base)
  }

  bases(): Iterable<[string, number]> {
    return this.#state.byBase
  }

  keywordsOf(uid: number): readonly string[] {
    return this.#state.keywords.get(uid) ?? []
  }

  /** Gives each base the next UID, in this order; durable when it resolves. */
  async assign(items: readonly { readonly base: string; readonly keywords: readonly string[] }[]): Promise<number[]> {
    const first = this.#state.next
    if (first + items.length > maxUid) throw new RangeError('the folder has used up its UIDs')
    const lines = items.flatMap(({ base, keywords }, i) => [
      `+ ${first + i} ${base}`,
      ...(keywords.length > 0 ? [`k ${first + i} ${keywords.join(' ')}`] : []),
    ])
    await this.#append(lines, true)
    return items.map(({ base }) => this.#state.byBase.get(base) ?? 0)
  }

  /** Keywords may be lost by a crash, like flags in file names that were never synced. */
  async setKeywords(changes: readonly (readonly [uid: number, keywords: readonly string[]])[]): Promise<void> {
    await this.#append(
      changes.map(([uid, words]) => ['k', uid, ...words].join(' ')),
      false,
    )
  }

  async forget(uids: readonly number[]): Promise<void> {
    await this.#append(
      uids.map((uid) => `- ${uid}`),
      false,
    )
  }

  async #rewrite(): Promise<void> {
    const text = printUids(this.#state)
    await replaceFile(this.#path, text)
    this.#state.size = Buffer.byteLength(text)
    this.#state.lines = text.split('\n').length - 1
  }

  async #append(lines: readonly string[], sync: boolean): Promise<void> {
    if (lines.length === 0) return
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8')
    const file = await open(this.#path, 'r+')
    try {
      // What lies beyond the whole lines is a torn write of before: it was never believed.
      if ((await file.stat()).size !== this.#state.size) await file.truncate(this.#state.size)
      for (let at = 0; at < bytes.length; ) {
        at += (await file.write(bytes, at, bytes.length - at, this.#state.size + at)).bytesWritten
      }
      if (sync) await file.datasync()
    } finally {
      await file.close()
    }
    this.#state.size += bytes.length
    this.#state.lines += lines.length
    const byUid = new Map<number, string>()
    if (lines.some((line) => line.startsWith('-'))) {
      for (const [base, uid] of this.#state.byBase) byUid.set(uid, base)
    }
    for (const line of lines) readLine(line, this.#state, byUid)
  }
}
