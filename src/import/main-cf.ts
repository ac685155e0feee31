// SPDX-License-Identifier: Apache-2.0
/** main.cf: logical lines "name = value" (postconf(5)). Every word keeps the physical line on which it was written. */
import { type Complaint, UserError } from '../core/failure.ts'

export interface Place {
  readonly file: string
  /** 1-based. */
  readonly line: number
}

/** A word of a list, and where it stands. */
export interface Word extends Place {
  readonly text: string
}

/** What was written after "=", before any expansion. */
export interface Written extends Place {
  readonly value: string
  /** Where each physical line begins in the value. */
  readonly pieces: readonly { readonly at: number; readonly line: number }[]
}

/** Beyond this a file is no configuration. */
const maxText = 4 * 1024 * 1024

interface Open {
  text: string
  readonly line: number
  readonly pieces: { at: number; line: number }[]
}

/** Lines joined where the next one begins with white space; comments and empty lines do not end a logical line. */
export function joinLines(text: string, file: string): readonly Open[] {
  if (text.length > maxText) throw new UserError(65, [complaint(file, 0, `is longer than ${maxText} characters`)])
  const lines: Open[] = []
  for (const [i, physical] of text.split(/\r?\n/).entries()) {
    const trimmed = physical.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const last = lines.at(-1)
    if (/^\s/.test(physical) && last !== undefined) {
      last.pieces.push({ at: last.text.length + 1, line: i + 1 })
      last.text += ` ${trimmed}`
    } else lines.push({ text: trimmed, line: i + 1, pieces: [{ at: 0, line: i + 1 }] })
  }
  return lines
}

/** Throws UserError 78 for a line that is no "name = value"; of two equal names the last one counts, as in Postfix. */
export function readMainCf(text: string, file: string): ReadonlyMap<string, Written> {
  const parameters = new Map<string, Written>()
  const complaints: Complaint[] = []
  for (const { text: line, pieces, line: number } of joinLines(text, file)) {
    const match = /^([A-Za-z0-9_.-]+)\s*=\s*/.exec(line)
    if (match === null) {
      complaints.push(complaint(file, number, `"${line.slice(0, 60)}" is no parameter`, 'write name = value'))
      continue
    }
    const [head, name = ''] = match
    const moved = pieces.map((piece) => ({ at: Math.max(0, piece.at - head.length), line: piece.line }))
    parameters.set(name, { file, line: number, value: line.slice(head.length), pieces: moved })
  }
  if (complaints.length > 0) throw new UserError(78, complaints)
  return parameters
}

/** The words of a value, between commas and white space; what is in braces is one word. */
export function wordsOf({ value, pieces, file, line }: Written): Word[] {
  const lineAt = (at: number) => pieces.findLast((piece) => piece.at <= at)?.line ?? line
  return splitPlaced(value).map(({ text, at }) => ({ text, file, line: lineAt(at) }))
}

/** Words and where they begin. "${a, b}", "$(a, b)" and "{a, b}" are one word; one that is left open goes to the end. */
export function splitPlaced(text: string): { readonly text: string; readonly at: number }[] {
  const words: { text: string; at: number }[] = []
  let begin = -1
  let open = ''
  for (let at = 0; at <= text.length; at++) {
    const char = text[at] ?? ''
    if (char === '{' || (char === '(' && text[at - 1] === '$')) open += char
    else if ((char === '}' && open.endsWith('{')) || (char === ')' && open.endsWith('('))) open = open.slice(0, -1)
    const separates = at === text.length || (open === '' && /[\s,]/.test(char))
    if (!separates && begin < 0) begin = at
    if (separates && begin >= 0) {
      words.push({ text: text.slice(begin, at), at: begin })
      begin = -1
    }
  }
  return words
}

function complaint(file: string, line: number, text: string, hint: string | null = null): Complaint {
  return { file, line, text, hint }
}
