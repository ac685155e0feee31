// SPDX-License-Identifier: Apache-2.0
/** The text of a .cf file → what it defines. The language is SpamAssassin's (Mail::SpamAssassin::Conf). */
import type { Complaint } from '../core/failure.ts'
import { didYouMean } from '../kit/nearest.ts'
import { RegexError } from '../kit/regex-syntax.ts'
import { holds } from './conditions.ts'
import { otherDirectives, ruleDirectives } from './directives.ts'
import { ExpressionError } from './expression.ts'
import { compilePattern, splitPattern } from './pattern.ts'
import { replaceTags } from './replace-tags.ts'
import { emptySettings, readSetting, SettingError, type Settings, settingNames } from './settings.ts'
import { parseTest, type RuleTest, TestError } from './tests.ts'

/** Where something is written. */
export interface Place {
  readonly file: string
  readonly line: number
}

export interface RuleDraft {
  readonly name: string
  readonly test: RuleTest
  readonly place: Place
  /** The definition as written, from which tags are replaced when all of them are known. */
  readonly directive: string
  readonly text: string
}

/** What files define, so far; later files override earlier ones. */
export interface RuleBook {
  readonly rules: Map<string, RuleDraft>
  readonly scores: Map<
    string,
    { readonly points: readonly number[]; readonly relative: boolean; readonly place: Place }
  >
  readonly describes: Map<string, string>
  readonly flags: Map<string, readonly string[]>
  readonly priorities: Map<string, number>
  readonly settings: Settings
  /** Names of rules in blocks that do not count here. */
  readonly leftOut: Set<string>
  /** Mistakes: what is written has no effect. */
  readonly complaints: Complaint[]
  /** Lines of SpamAssassin's that have no meaning here, and blocks left out; not mistakes. */
  readonly notices: Complaint[]
}

export function emptyBook(): RuleBook {
  return {
    rules: new Map(),
    scores: new Map(),
    describes: new Map(),
    flags: new Map(),
    priorities: new Map(),
    settings: emptySettings(),
    leftOut: new Set(),
    complaints: [],
    notices: [],
  }
}

/** Blocks of if inside each other. */
const maxBlocks = 50
const ruleName = /^[A-Za-z_]\w{0,127}$/

/**
 * Reads the text of one file into the book. `text` holds one code unit per byte, as rules are matched.
 * `include` reads another file, named as written.
 */
export function parseRules(
  text: string,
  file: string,
  book: RuleBook,
  include: (name: string, at: Place) => void,
): void {
  const blocks: Block[] = []
  let line = 0
  for (const raw of text.split('\n')) {
    line++
    const content = withoutComment(raw).trim()
    if (content === '') continue
    const place = { file, line }
    try {
      readLine(content, place, book, blocks, include)
    } catch (cause) {
      if (!(cause instanceof TestError || cause instanceof ExpressionError || cause instanceof SettingError))
        throw cause
      complain(book.complaints, place, cause.message, null)
    }
  }
  for (const block of blocks) complain(book.complaints, block.place, 'this block has no endif', 'add a line "endif"')
}

interface Block {
  readonly place: Place
  /** What is inside counts. */
  active: boolean
  /** What surrounds it counts. */
  readonly outer: boolean
}

/** "#" begins a comment unless a backslash stands before it. */
function withoutComment(line: string): string {
  if (!line.includes('#')) return line
  return line.replace(/(^|[^\\])#.*$/s, '$1').replaceAll('\\#', '#')
}

function readLine(
  content: string,
  place: Place,
  book: RuleBook,
  blocks: Block[],
  include: (name: string, at: Place) => void,
): void {
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(content) ?? []
  const directive = word.toLowerCase()
  if (readBlock(directive, rest, place, book, blocks)) return
  if (blocks.some((block) => !block.active)) {
    if (ruleDirectives.has(directive)) book.leftOut.add(rest.split(/\s/, 1)[0] ?? '')
    return
  }
  if (directive === 'include') include(rest, place)
  else if (ruleDirectives.has(directive)) readDefinition(directive, rest, place, book)
  else if (readSetting(directive, rest, book.settings)) return
  else if (otherDirectives.has(directive)) complain(book.notices, place, `"${word}" has no meaning here: ignored`, null)
  else {
    const hint = didYouMean(directive, [
      ...ruleDirectives,
      ...settingNames,
      ...otherDirectives,
      'include',
      'ifplugin',
      'endif',
    ])
    complain(book.complaints, place, `"${word}" is not a directive`, hint)
  }
}

function readBlock(directive: string, rest: string, place: Place, book: RuleBook, blocks: Block[]): boolean {
  const current = blocks.at(-1)
  switch (directive) {
    case 'if':
    case 'ifplugin': {
      if (blocks.length >= maxBlocks) throw new TestError('blocks are nested too deep')
      const outer = current?.active ?? true
      const active = outer && holds(directive === 'if' ? rest : `plugin(${rest})`)
      if (outer && !active) complain(book.notices, place, `left out: ${directive} ${rest}`, null)
      blocks.push({ place, active, outer })
      return true
    }
    case 'else':
      if (current === undefined) throw new TestError('else without if')
      current.active = current.outer && !current.active
      return true
    case 'endif':
      if (blocks.pop() === undefined) throw new TestError('endif without if')
      return true
    default:
      return false
  }
}

function readDefinition(directive: string, rest: string, place: Place, book: RuleBook): void {
  const [, name = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? []
  if (!ruleName.test(name)) throw new TestError(`"${name}" is no name of a rule`)
  switch (directive) {
    case 'score':
      book.scores.set(name, { ...readScore(value), place })
      return
    case 'describe':
      book.describes.set(name, Buffer.from(value, 'latin1').toString('utf8'))
      return
    case 'tflags':
      book.flags.set(
        name,
        value.split(/\s+/).filter((flag) => flag !== ''),
      )
      return
    case 'priority':
      book.priorities.set(name, Number.parseInt(value, 10) || 0)
      return
    default: {
      book.rules.set(name, { name, test: parseTest(directive, value), place, directive, text: value })
      if (/%\{\w+\}/.test(value) && directive !== 'meta')
        complain(
          book.notices,
          place,
          `"${name}" asks for what another rule captured, which is not kept: it never hits`,
          null,
        )
    }
  }
}

/** Replaces the tags in the patterns of the rules that ask for it. To be done when every file has been read. */
export function finishBook(book: RuleBook): void {
  const { replace } = book.settings
  for (const name of replace.rules) {
    const draft = book.rules.get(name)
    if (draft === undefined || !('pattern' in draft.test)) continue
    const at = draft.text.search(/\/|\bm\W/)
    const split = at < 0 ? null : splitPattern(draft.text.slice(at))
    if (split === null) continue
    try {
      const pattern = compilePattern(replaceTags(split.source, split.flags, replace), '')
      book.rules.set(name, { ...draft, test: { ...draft.test, pattern } })
    } catch (cause) {
      if (!(cause instanceof RegexError)) throw cause
      complain(book.complaints, draft.place, `with its tags replaced, "${name}" is refused: ${cause.message}`, null)
    }
  }
}

/** "1.5", "1 2 3 4", or in parentheses: relative to what was set before. */
function readScore(text: string): { points: readonly number[]; relative: boolean } {
  const words = text.split(/\s+/).filter((word) => word !== '')
  const relative = words.length > 0 && words.every((word) => /^\(.*\)$/.test(word))
  const points = words.map((word) => Number(relative ? word.slice(1, -1) : word))
  if ((points.length !== 1 && points.length !== 4) || points.some((n) => !Number.isFinite(n))) {
    throw new TestError(`"${text}" is not a score: one number, or four`)
  }
  return { points, relative }
}

export function complain(list: Complaint[], place: Place, text: string, hint: string | null): void {
  list.push({ file: place.file, line: place.line, text, hint })
}
