// SPDX-License-Identifier: Apache-2.0
/** Files in the form of aliases(5): "name: target, target …". */

import { Complaints, type Read } from '../tables/table.ts'
import { logicalLines } from '../tables/words.ts'
import { pipeRoute } from './route.ts'

export type AliasTarget =
  | { readonly kind: 'address'; readonly text: string }
  | { readonly kind: 'program'; readonly command: string }
  /** A file of further targets, one or more a line. */
  | { readonly kind: 'include'; readonly path: string }

export type Aliases = ReadonlyMap<string, readonly AliasTarget[]>

const include = ':include:'

/** Names in lower case → their targets. programs: whether "|program" is allowed. */
export function parseAliases(text: string, file: string, programs: boolean): Read<Aliases> {
  const complaints = new Complaints(file)
  const aliases = new Map<string, readonly AliasTarget[]>()
  for (const { text: written, line } of logicalLines(text)) {
    const match = /^(?:"((?:[^"\\]|\\.)+)"|([^\s:"]+))\s*:(.*)$/s.exec(written)
    const name = (match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2])?.toLowerCase()
    if (name === undefined) {
      complaints.add(line, `"${written}" is no alias`, 'write: name: address, address')
      continue
    }
    if (aliases.has(name)) complaints.add(line, `the alias "${name}" is there already`)
    aliases.set(name, targetsOf(match?.[3] ?? '', line, complaints, programs))
  }
  return complaints.read(aliases)
}

/** An ":include:" file: it may name addresses only. */
export function parseInclude(text: string, file: string): Read<readonly AliasTarget[]> {
  const complaints = new Complaints(file)
  const targets = logicalLines(text).flatMap(({ text: written, line }) =>
    targetsOf(written, line, complaints, false).filter(({ kind }) => kind === 'address'),
  )
  return complaints.read(targets)
}

function targetsOf(text: string, line: number, complaints: Complaints, programs: boolean): AliasTarget[] {
  const words = split(text)
  if (words === null) complaints.add(line, 'a quote is left open')
  if (words?.length === 0) complaints.add(line, 'the alias has no target')
  return (words ?? []).flatMap((word): AliasTarget[] => {
    if (word.startsWith('|')) {
      const command = word.slice(1).trim()
      if (!programs) complaints.add(line, `"${word}" names a program`, 'set delivery.pipe = true to allow programs')
      else if (pipeRoute(command) === null) complaints.add(line, `"${word}" is no command line`)
      return [{ kind: 'program', command }]
    }
    if (word.startsWith(include)) return [{ kind: 'include', path: word.slice(include.length) }]
    if (word.startsWith('/')) complaints.add(line, `"${word}" is a file`, 'deliver to an account of ours instead')
    return [{ kind: 'address', text: word.replace(/^\\/, '') }]
  })
}

/** Words between commas; quotes keep commas and spaces. null: a quote is left open. */
function split(text: string): string[] | null {
  const words: string[] = []
  let word = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (c === '\\' && quoted) word += text[++i] ?? ''
    else if (c === '"' && isGroup(text, i, word, quoted)) quoted = !quoted
    else if (c === ',' && !quoted) {
      words.push(word.trim())
      word = ''
    } else word += c
  }
  words.push(word.trim())
  return quoted ? null : words.filter((w) => w !== '')
}

/** "|program" in quotes is one word; the quotes of "local part"@domain belong to the address. */
function isGroup(text: string, i: number, word: string, quoted: boolean): boolean {
  if (quoted) return true
  return word.trim() === '' && text.indexOf('@', text.indexOf('"', i + 1)) !== text.indexOf('"', i + 1) + 1
}
