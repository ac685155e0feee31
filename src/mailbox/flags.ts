// SPDX-License-Identifier: Apache-2.0
/** System flags live in the file name (":2,FS"), keywords in the folder's UID file. */

/** Flag, its Maildir letter and its bit, in the alphabetical order of the letters, as file names want them. */
const table = [
  { word: '\\Draft', letter: 'D', bit: 16 },
  { word: '\\Flagged', letter: 'F', bit: 4 },
  { word: '\\Answered', letter: 'R', bit: 2 },
  { word: '\\Seen', letter: 'S', bit: 1 },
  { word: '\\Deleted', letter: 'T', bit: 8 },
] as const

export const seen = 1
export const answered = 2
export const flagged = 4
export const deleted = 8
export const draft = 16

export interface Flags {
  /** Sum of the bits above. */
  readonly system: number
  /** As the client wrote them; compared without case. */
  readonly keywords: readonly string[]
}

export type FlagChange = 'set' | 'add' | 'remove'

export const noFlags: Flags = { system: 0, keywords: [] }

/** Longest keyword, and most keywords on one message. */
export const maxKeyword = 64
export const maxKeywords = 64

/** The system flag's bit; 0 where the word is not one (\Recent is no flag that anyone can set). */
export function bitOf(word: string): number {
  const lower = word.toLowerCase()
  return table.find((row) => row.word.toLowerCase() === lower)?.bit ?? 0
}

/** From IMAP words; unknown words that begin with a backslash are dropped. */
export function flagsOf(words: readonly string[]): Flags {
  let system = 0
  let keywords: readonly string[] = []
  for (const word of words) {
    if (word.startsWith('\\')) system |= bitOf(word)
    else keywords = union(keywords, [word])
  }
  return { system, keywords }
}

export function wordsOf(flags: Flags): string[] {
  return [...table.filter((row) => (flags.system & row.bit) !== 0).map((row) => row.word), ...flags.keywords]
}

export function hasKeyword(flags: Flags, keyword: string): boolean {
  const lower = keyword.toLowerCase()
  return flags.keywords.some((have) => have.toLowerCase() === lower)
}

export function changeFlags(old: Flags, change: FlagChange, by: Flags): Flags {
  if (change === 'set') return by
  if (change === 'add') return { system: old.system | by.system, keywords: union(old.keywords, by.keywords) }
  return { system: old.system & ~by.system, keywords: old.keywords.filter((have) => !hasKeyword(by, have)) }
}

export function sameKeywords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i])
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  const have = new Set(a.map((word) => word.toLowerCase()))
  const added: string[] = []
  for (const word of b) {
    if (have.has(word.toLowerCase()) || a.length + added.length >= maxKeywords) continue
    have.add(word.toLowerCase())
    added.push(word)
  }
  return added.length === 0 ? a : [...a, ...added]
}

/** The bits that Maildir letters stand for; letters of other programs are not ours to judge. */
export function systemOfLetters(letters: string): number {
  return table.reduce((sum, row) => (letters.includes(row.letter) ? sum | row.bit : sum), 0)
}

/** The letters for a file name; those of other programs in the old name are kept. */
export function lettersOf(system: number, old: string): string {
  const ours = table.filter((row) => (system & row.bit) !== 0).map((row) => row.letter)
  const foreign = [...old].filter((letter) => !table.some((row) => row.letter === letter))
  return [...new Set([...ours, ...foreign])].sort().join('')
}
