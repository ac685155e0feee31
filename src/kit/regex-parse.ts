// SPDX-License-Identifier: Apache-2.0
/** Reads the regular expressions that operators write, Perl's and POSIX's, into one tree. */
import { readBracket, readEscapedUnit, readPosixEscape } from './regex-escape.ts'
import { anyChar, bothCases, type CharSet, classEscapes, notNewline, verticalSpaces } from './regex-sets.ts'
import {
  type AssertKind,
  Cursor,
  type ParsedRegex,
  RegexError,
  type RegexNode,
  type RegexSyntax,
  type RepeatNode,
} from './regex-syntax.ts'

const maxDepth = 60
/** Where Perl itself stops. */
const maxCount = 65_534
const maxGroups = 200

const perlCount = /\{\s{0,9}(?=[\d,]\s{0,9}[\d,}]|\d\d)(\d{0,5})\s{0,9}(,?)\s{0,9}(\d{0,5})\s{0,9}\}/y
const otherCount = /\{(\d{1,5})(,?)(\d{0,5})\}/y

const asserts: Readonly<Record<string, AssertKind>> = {
  A: 'start',
  z: 'end',
  Z: 'end-or-newline',
  b: 'word',
  B: 'not-word',
}

/** Throws RegexError for what has no meaning, or none that we support. */
export function parseRegex(pattern: string, syntax: RegexSyntax): ParsedRegex {
  return new Parser(syntax.dialect === 'posix' ? pattern : unquoted(pattern), syntax).parse()
}

class Parser {
  readonly #cursor: Cursor
  #flags: RegexSyntax
  #depth = 0
  #groups = 0
  readonly #closed = new Set<number>()
  readonly #names = new Map<string, number>()

  constructor(text: string, flags: RegexSyntax) {
    this.#cursor = new Cursor(text)
    this.#flags = flags
  }

  parse(): ParsedRegex {
    const root = this.#alternatives()
    if (this.#cursor.next !== undefined) throw new RegexError('a ")" without its "("')
    return { root, groups: this.#groups, names: this.#names }
  }

  #alternatives(): RegexNode {
    if (++this.#depth > maxDepth) throw new RegexError(`groups are nested deeper than ${maxDepth}`)
    const flags = this.#flags
    const nodes = [this.#sequence()]
    while (this.#cursor.skip('|')) nodes.push(this.#sequence())
    this.#flags = flags
    this.#depth--
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'alt', nodes }
  }

  #sequence(): RegexNode {
    const nodes: RegexNode[] = []
    for (;;) {
      this.#skipBlanks()
      const next = this.#cursor.next
      if (next === undefined || next === '|' || next === ')') break
      const atom = this.#atom(next)
      if (atom !== null) nodes.push(this.#quantified(atom))
    }
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'seq', nodes }
  }

  /** null for what stands for nothing: comments and inline flags. */
  #atom(next: string): RegexNode | null {
    this.#cursor.at++
    switch (next) {
      case '(':
        return this.#group()
      case '[':
        return { kind: 'set', set: readBracket(this.#cursor, this.#flags) }
      case '.':
        return { kind: 'set', set: this.#flags.dotAll ? anyChar : notNewline }
      case '^':
        return { kind: 'assert', assert: this.#flags.multiline ? 'line-start' : 'start' }
      case '$':
        if (this.#flags.multiline) return { kind: 'assert', assert: 'line-end' }
        return { kind: 'assert', assert: this.#flags.dollarEndOnly ? 'end' : 'end-or-newline' }
      case '*':
      case '+':
      case '?':
        throw new RegexError(`"${next}" has nothing to repeat`)
      case '\\':
        return this.#escape()
      default:
        return this.#literal(next.charCodeAt(0))
    }
  }

  #literal(unit: number): RegexNode {
    const set: CharSet = [unit, unit]
    return { kind: 'set', set: this.#flags.ignoreCase ? bothCases(set, this.#flags.dialect === 'perl') : set }
  }

  #quantified(atom: RegexNode): RegexNode {
    let node = atom
    for (;;) {
      this.#skipBlanks()
      const bounds = this.#bounds()
      if (bounds === null) return node
      const [min, max] = bounds
      // A position repeated is a position.
      if (node.kind === 'assert') node = min > 0 ? node : { kind: 'seq', nodes: [] }
      // In POSIX a second quantifier repeats the repetition; in Perl it changes its manner.
      const perl = this.#flags.dialect !== 'posix'
      const marked = perl && this.#cursor.skip('?')
      const possessive = perl && !marked && this.#cursor.skip('+')
      const lazy = perl && marked !== this.#flags.ungreedy && !possessive
      if (node.kind !== 'assert') node = repeated(node, min, max, lazy, possessive)
      if (perl && this.#bounds() !== null) throw new RegexError('two quantifiers in a row')
    }
  }

  #bounds(): readonly [number, number] | null {
    const cursor = this.#cursor
    if (cursor.skip('*')) return [0, Number.POSITIVE_INFINITY]
    if (cursor.skip('+')) return [1, Number.POSITIVE_INFINITY]
    if (cursor.skip('?')) return [0, 1]
    // A brace that is no quantifier stands for itself. Perl reads "{,3}" as one, PCRE does not.
    const match = cursor.take(this.#flags.dialect === 'perl' ? perlCount : otherCount)
    if (match === null) return null
    const [, from = '', comma = '', to = ''] = match
    const min = Number(from)
    const max = to !== '' ? Number(to) : comma === '' ? min : Number.POSITIVE_INFINITY
    if (max < min) throw new RegexError(`"${match[0]}" counts backwards`)
    if (min > maxCount || (Number.isFinite(max) && max > maxCount))
      throw new RegexError(`"${match[0]}" counts beyond ${maxCount}`)
    return [min, max]
  }

  #group(): RegexNode | null {
    const cursor = this.#cursor
    if (this.#flags.dialect === 'posix') return this.#captured(null)
    if (cursor.next === '*') throw new RegexError('"(*" is not supported')
    if (!cursor.skip('?')) return this.#captured(null)
    if (cursor.skip('#')) {
      const end = cursor.text.indexOf(')', cursor.at)
      if (end < 0) throw new RegexError('a comment without its ")"')
      cursor.at = end + 1
      return null
    }
    const look = cursor.take(/(<?)([=!])/y)
    if (look !== null) return { kind: 'look', behind: look[1] === '<', negative: look[2] === '!', node: this.#inner() }
    if (cursor.skip('>')) return { kind: 'atomic', node: this.#inner() }
    const name = cursor.take(/P?<([A-Za-z_]\w{0,31})>|'([A-Za-z_]\w{0,31})'/y)
    if (name !== null) return this.#captured(name[1] ?? name[2] ?? null)
    return this.#flagged()
  }

  /** "(?i)" to the end of the group around it, "(?i:...)", "(?:...)". */
  #flagged(): RegexNode | null {
    const cursor = this.#cursor
    const flags = cursor.take(/(\^?)([a-zU]{0,10})(?:-([imsxU]{1,9}))?([:)])/y)
    if (flags === null) throw new RegexError(`"(?${cursor.next ?? ''}" is not supported`)
    const outer = this.#flags
    this.#flags = withFlags(outer, flags[2] ?? '', `${flags[1] === '^' ? 'imsx' : ''}${flags[3] ?? ''}`)
    if (flags[4] === ')') return null
    const node: RegexNode = { kind: 'group', index: 0, node: this.#inner() }
    this.#flags = outer
    return node
  }

  #captured(name: string | null): RegexNode {
    const index = ++this.#groups
    if (index > maxGroups) throw new RegexError(`more than ${maxGroups} groups`)
    if (name !== null) this.#names.set(name, index)
    const node = this.#inner()
    this.#closed.add(index)
    return { kind: 'group', index, node }
  }

  #inner(): RegexNode {
    const node = this.#alternatives()
    if (!this.#cursor.skip(')')) throw new RegexError('a "(" without its ")"')
    return node
  }

  #escape(): RegexNode | null {
    const cursor = this.#cursor
    const letter = cursor.next
    if (letter === undefined) throw new RegexError('a lone "\\" at the end')
    const reference = this.#reference()
    if (reference !== null) return reference
    cursor.at++
    if (this.#flags.dialect === 'posix') return readPosixEscape(letter)
    if (letter === 'R') return { kind: 'alt', nodes: [this.#crlf(), { kind: 'set', set: verticalSpaces }] }
    const position = asserts[letter]
    if (position !== undefined) return { kind: 'assert', assert: position }
    const set = classEscapes[letter]
    if (set !== undefined) return { kind: 'set', set }
    return this.#literal(readEscapedUnit(letter, cursor, this.#flags))
  }

  /** "\1", "\g{1}", "\k<name>"; null when something else is escaped. "\101" is octal unless there are so many groups. */
  #reference(): RegexNode | null {
    const cursor = this.#cursor
    if (this.#flags.dialect === 'posix') {
      const digit = cursor.take(/[1-9]/y)
      return digit === null ? null : this.#backref(Number(digit[0]))
    }
    const named = cursor.take(/g\{?(\d{1,3})\}?|(?:k|g\{)[<{']?([A-Za-z_]\w*)[>}']/y)
    if (named !== null)
      return this.#backref(named[1] === undefined ? (this.#names.get(named[2] ?? '') ?? 0) : Number(named[1]))
    const digits = cursor.take(/[1-9]\d{0,2}/y)
    if (digits === null) return null
    const index = Number(digits[0])
    if (index < 10 || index <= this.#groups) return this.#backref(index)
    cursor.at -= digits[0].length
    const octal = cursor.take(/[0-3]?[0-7]{1,2}/y)
    if (octal === null) throw new RegexError('a reference to a group that is not there yet')
    return this.#literal(Number.parseInt(octal[0], 8))
  }

  #backref(index: number): RegexNode {
    if (!this.#closed.has(index)) throw new RegexError('a reference to a group that is not there yet')
    return { kind: 'backref', index, ignoreCase: this.#flags.ignoreCase }
  }

  #crlf(): RegexNode {
    return { kind: 'seq', nodes: [this.#literal(13), this.#literal(10)] }
  }

  #skipBlanks(): void {
    if (this.#flags.extended) this.#cursor.take(/(?:\s|#[^\n]*)*/y)
  }
}

/** "\\Q...\\E" with everything in it escaped, as Perl and PCRE do before they read a pattern. */
function unquoted(pattern: string): string {
  if (!pattern.includes('\\Q') && !pattern.includes('\\E')) return pattern
  return pattern.replace(/\\[^QE]|\\Q(.*?)(?:\\E|$)|\\E/gs, (found: string, quoted?: string) => {
    if (quoted !== undefined) return quoted.replace(/\W/g, '\\$&')
    return found === '\\E' ? '' : found
  })
}

function repeated(node: RegexNode, min: number, max: number, lazy: boolean, possessive: boolean): RegexNode {
  const repeat: RepeatNode = { kind: 'repeat', min, max, lazy, node }
  return possessive ? { kind: 'atomic', node: repeat } : repeat
}

function withFlags(flags: RegexSyntax, on: string, off: string): RegexSyntax {
  const set = (letter: string, before: boolean): boolean =>
    on.includes(letter) ? true : off.includes(letter) ? false : before
  return {
    ...flags,
    ignoreCase: set('i', flags.ignoreCase),
    multiline: set('m', flags.multiline),
    dotAll: set('s', flags.dotAll),
    extended: set('x', flags.extended),
    ungreedy: set('U', flags.ungreedy),
  }
}
