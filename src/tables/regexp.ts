// SPDX-License-Identifier: Apache-2.0
/** regexp and pcre tables, on the bounded engine of kit/regex.ts. */
import { compileRegex, type Regex } from '../kit/regex.ts'
import type { RegexSyntax } from '../kit/regex-syntax.ts'
import { type Guard, type Line, parseGuarded } from './guarded.ts'
import type { Read, TableAnswer } from './table.ts'
import { logicalLines } from './words.ts'

type Dialect = 'pcre' | 'posix'
export type Search = (key: string) => TableAnswer

/**
 * Code units of a key that a pattern is shown: an address has at most 320, a host name 255. A longer key fails, because
 * "no match" would be a guess.
 */
const maxKey = 512

interface Pattern {
  readonly regex: Regex
  readonly negative: boolean
  /** What stands after the pattern and its flags. */
  readonly rest: string
}

export function parsePatternTable(text: string, file: string, dialect: Dialect): Read<Search> {
  const parsed = parseGuarded<string>(logicalLines(text), file, (line, place) => readLine(line, place, dialect))
  if (parsed.kind === 'bad') return parsed
  const search = parsed.value
  return {
    kind: 'ok',
    value: (key) =>
      key.length > maxKey ? { kind: 'failed', because: 'the key is too long for patterns' } : search(key),
  }
}

function readLine(text: string, place: string, dialect: Dialect): Line<string> | string {
  const condition = /^if\s*(?=\W)(.+)$/is.exec(text)?.[1]
  const pattern = readPattern(condition ?? text, dialect)
  if (typeof pattern === 'string') return pattern
  const { regex, negative, rest } = pattern
  const guard: Guard<string> = { negative, matches: (key) => regex.test(key) }
  if (condition !== undefined)
    return rest === '' ? { kind: 'if', guard } : `"${rest}" stands after an "if", where nothing may stand`
  if (rest === '') return `"${text}" is a pattern without a result`
  const parts = templateOf(rest)
  const highest = Math.max(0, ...parts.map((part) => (typeof part === 'number' ? part : 0)))
  if (negative && highest > 0) return 'a pattern that must not match has no $1'
  if (highest > regex.groups) return `$${highest} is used, but the pattern has ${regex.groups} groups`
  const fixed: TableAnswer = { kind: 'found', value: parts.join(''), place }
  const answer = (key: string): TableAnswer => {
    const match = regex.exec(key) ?? []
    const value = parts.map((part) => (typeof part === 'number' ? (match[part] ?? '') : part)).join('')
    return { kind: 'found', value, place }
  }
  return { kind: 'rule', rule: { ...guard, answer: highest === 0 ? () => fixed : answer } }
}

/** "!/pattern/flags rest", with any delimiter that is no letter and no digit. */
function readPattern(text: string, dialect: Dialect): Pattern | string {
  const negative = text.startsWith('!')
  const written = negative ? text.slice(1).trimStart() : text
  const delimiter = written[0] ?? ''
  if (!/[^\sA-Za-z0-9\\]/.test(delimiter)) return `"${text}" does not begin with a pattern`
  let end = 1
  while (end < written.length && written[end] !== delimiter) end += written[end] === '\\' ? 2 : 1
  if (end >= written.length) return `the pattern is not closed by "${delimiter}"`
  const match = /^(\S*)(?:\s+(.*))?$/s.exec(written.slice(end + 1))
  const syntax = syntaxFor(match?.[1] ?? '', dialect)
  if (typeof syntax === 'string') return syntax
  const source = written.slice(1, end)
  const regex = compileRegex(syntax.anchored ? `^(?:${source})` : source, syntax, maxKey)
  return typeof regex === 'string' ? regex : { regex, negative, rest: match?.[2] ?? '' }
}

/** Each flag toggles its default (pcre_table(5), regexp_table(5)). */
function syntaxFor(flags: string, dialect: Dialect): (RegexSyntax & { readonly anchored: boolean }) | string {
  const known = dialect === 'pcre' ? 'imsxAEUX' : 'imx'
  const unknown = [...flags].find((flag) => !known.includes(flag))
  if (unknown !== undefined) return `"${unknown}" is not a flag of ${dialect === 'pcre' ? 'pcre' : 'regexp'} tables`
  const toggled = (flag: string): boolean => [...flags].filter((one) => one === flag).length % 2 === 1
  if (dialect === 'posix' && toggled('x')) return 'basic expressions (flag x) are not supported: write an extended one'
  return {
    dialect,
    ignoreCase: !toggled('i'),
    multiline: toggled('m'),
    dotAll: dialect === 'posix' || !toggled('s'),
    extended: dialect === 'pcre' && toggled('x'),
    dollarEndOnly: dialect === 'posix' || toggled('E'),
    ungreedy: toggled('U'),
    anchored: toggled('A'),
  }
}

/** Text and numbers of groups: "$1", "${1}", "$(1)"; "$$" is a dollar. */
function templateOf(text: string): (string | number)[] {
  const parts: (string | number)[] = []
  let at = 0
  for (const match of text.matchAll(/\$(?:\$|(\d{1,2})|\{(\d{1,2})\}|\((\d{1,2})\))/g)) {
    parts.push(text.slice(at, match.index))
    const group = match[1] ?? match[2] ?? match[3]
    parts.push(group === undefined ? '$' : Number(group))
    at = match.index + match[0].length
  }
  parts.push(text.slice(at))
  return parts
}
