// SPDX-License-Identifier: Apache-2.0
/** Reads the regular expressions that operators write, Perl's and POSIX's, into one tree. */
import {
  anyChar,
  bothCases,
  type CharSet,
  complement,
  digits,
  horizontalSpaces,
  notNewline,
  posixClasses,
  spaces,
  union,
  verticalSpaces,
  wordChars,
} from './regex-sets.ts'

export type AssertKind = 'start' | 'end' | 'end-or-newline' | 'line-start' | 'line-end' | 'word' | 'not-word'

export type RegexNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'seq' | 'alt'; readonly nodes: readonly RegexNode[] }
  /** index 0: not captured. */
  | { readonly kind: 'group'; readonly index: number; readonly node: RegexNode }
  | {
      readonly kind: 'repeat'
      readonly min: number
      readonly max: number
      readonly lazy: boolean
      readonly node: RegexNode
    }
  | { readonly kind: 'assert'; readonly assert: AssertKind }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean; readonly node: RegexNode }
  | { readonly kind: 'atomic'; readonly node: RegexNode }
  | { readonly kind: 'backref'; readonly index: number }

export interface RegexSyntax {
  /** pcre: Perl's; posix: extended expressions of POSIX. */
  readonly dialect: 'pcre' | 'posix'
  readonly ignoreCase: boolean
  /** "^" and "$" match at every line. */
  readonly multiline: boolean
  /** "." matches a newline too. */
  readonly dotAll: boolean
  /** White space and comments in the pattern do not count. */
  readonly extended: boolean
  /** "$" matches only at the very end, not before a last newline. */
  readonly dollarEndOnly: boolean
  /** Quantifiers are lazy unless followed by "?". */
  readonly ungreedy: boolean
}

export interface ParsedRegex {
  readonly root: RegexNode
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
}

/** What is wrong with a pattern, in words for the person who wrote it. */
export class RegexError extends Error {
  override readonly name = 'RegexError'
}

const maxDepth = 60
const maxCount = 1000
const maxGroups = 200

const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, e: 27, a: 7 }
const classEscapes: Readonly<Record<string, CharSet>> = {
  d: digits,
  D: complement(digits),
  w: wordChars,
  W: complement(wordChars),
  s: spaces,
  S: complement(spaces),
  h: horizontalSpaces,
  H: complement(horizontalSpaces),
  v: verticalSpaces,
  V: complement(verticalSpaces),
  N: notNewline,
}
const asserts: Readonly<Record<string, AssertKind>> = {
  A: 'start',
  z: 'end',
  Z: 'end-or-newline',
  b: 'word',
  B: 'not-word',
}

export function parseRegex(pattern: string, syntax: RegexSyntax): ParsedRegex {
  return new Parser(pattern, syntax).parse()
}

class Parser {
  readonly #text: string
  #flags: RegexSyntax
  #at = 0
  #depth = 0
  #groups = 0
  readonly #closed = new Set<number>()
  readonly #names = new Map<string, number>()

  constructor(text: string, flags: RegexSyntax) {
    this.#text = text
    this.#flags = flags
  }

  parse(): ParsedRegex {
    const root = this.#alternatives()
    if (this.#at < this.#text.length) throw new RegexError('a ")" without its "("')
    return { root, groups: this.#groups, names: this.#names }
  }

  #alternatives(): RegexNode {
    if (++this.#depth > maxDepth) throw new RegexError(`groups are nested deeper than ${maxDepth}`)
    const flags = this.#flags
    const nodes = [this.#sequence()]
    while (this.#skip('|')) nodes.push(this.#sequence())
    this.#flags = flags
    this.#depth--
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'alt', nodes }
  }

  #sequence(): RegexNode {
    const nodes: RegexNode[] = []
    for (;;) {
      if (this.#flags.extended) this.#skipBlanks()
      const next = this.#text[this.#at]
      if (next === undefined || next === '|' || next === ')') break
      const atom = this.#atom(next)
      if (atom !== null) nodes.push(this.#quantified(atom))
    }
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'seq', nodes }
  }

  /** null for what stands for nothing: comments and inline flags. */
  #atom(next: string): RegexNode | null {
    this.#at++
    switch (next) {
      case '(':
        return this.#group()
      case '[':
        return this.#bracket()
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
    return this.#set([unit, unit])
  }

  #set(set: CharSet): RegexNode {
    return { kind: 'set', set: this.#flags.ignoreCase ? bothCases(set) : set }
  }

  #quantified(atom: RegexNode): RegexNode {
    let node = atom
    for (;;) {
      if (this.#flags.extended) this.#skipBlanks()
      const bounds = this.#bounds()
      if (bounds === null) return node
      if (node.kind === 'assert') throw new RegexError('a position cannot be repeated')
      const [min, max] = bounds
      // In POSIX a second quantifier repeats the repetition; in Perl it changes its manner.
      const perl = this.#flags.dialect === 'pcre'
      const marked = perl && this.#skip('?')
      const possessive = perl && !marked && this.#skip('+')
      const lazy = perl && marked !== this.#flags.ungreedy && !possessive
      const repeat: RegexNode = { kind: 'repeat', min, max, lazy, node }
      node = possessive ? { kind: 'atomic', node: repeat } : repeat
      if (perl && this.#bounds() !== null) throw new RegexError('two quantifiers in a row')
    }
  }

  #bounds(): readonly [number, number] | null {
    if (this.#skip('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#skip('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#skip('?')) return [0, 1]
    const match = /^\{(\d{1,5})(,?)(\d{0,5})\}/.exec(this.#text.slice(this.#at, this.#at + 14))
    if (match === null) return null
    this.#at += match[0].length
    const min = Number(match[1])
    const max = match[2] === '' ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3])
    if (max < min) throw new RegexError(`"${match[0]}" counts backwards`)
    if (min > maxCount || (Number.isFinite(max) && max > maxCount))
      throw new RegexError(`"${match[0]}" counts beyond ${maxCount}`)
    return [min, max]
  }

  #group(): RegexNode | null {
    if (this.#flags.dialect === 'posix' || !this.#skip('?')) return this.#captured(null)
    if (this.#skip('#')) {
      const end = this.#text.indexOf(')', this.#at)
      if (end < 0) throw new RegexError('a comment without its ")"')
      this.#at = end + 1
      return null
    }
    if (this.#skip('=')) return this.#look(false, false)
    if (this.#skip('!')) return this.#look(false, true)
    if (this.#skip('<=')) return this.#look(true, false)
    if (this.#skip('<!')) return this.#look(true, true)
    if (this.#skip('>')) return { kind: 'atomic', node: this.#inner() }
    const name = /^(?:P?<([A-Za-z_]\w{0,31})>|'([A-Za-z_]\w{0,31})')/.exec(this.#text.slice(this.#at, this.#at + 40))
    if (name !== null) {
      this.#at += name[0].length
      return this.#captured(name[1] ?? name[2] ?? null)
    }
    const flags = /^([imsxU]*)(?:-([imsxU]+))?([:)])/.exec(this.#text.slice(this.#at, this.#at + 20))
    if (flags === null) throw new RegexError(`"(?${this.#text[this.#at] ?? ''}" is not supported`)
    this.#at += flags[0].length
    const outer = this.#flags
    this.#flags = withFlags(outer, flags[1] ?? '', flags[2] ?? '')
    if (flags[3] === ')') return null
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

  #look(behind: boolean, negative: boolean): RegexNode {
    return { kind: 'look', behind, negative, node: this.#inner() }
  }

  #inner(): RegexNode {
    const node = this.#alternatives()
    if (!this.#skip(')')) throw new RegexError('a "(" without its ")"')
    return node
  }

  #escape(): RegexNode | null {
    const posix = this.#flags.dialect === 'posix'
    const next = this.#text[this.#at++]
    if (next === undefined) throw new RegexError('a lone "\\" at the end')
    if (posix) return this.#posixEscape(next)
    if (next === 'Q') return this.#quotation()
    if (next === 'E') return null
    if (/[1-9]/.test(next)) return this.#backref(this.#digitsFrom(next))
    const reference = /^(?:g\{?(\d{1,3})\}?|k[<{']([A-Za-z_]\w*)[>}'])/.exec(
      this.#text.slice(this.#at - 1, this.#at + 40),
    )
    if (reference !== null) {
      this.#at += reference[0].length - 1
      return this.#backref(
        reference[1] === undefined ? (this.#names.get(reference[2] ?? '') ?? 0) : Number(reference[1]),
      )
    }
    if (next === 'R') return { kind: 'alt', nodes: [text('\r\n'), { kind: 'set', set: verticalSpaces }] }
    const position = asserts[next]
    if (position !== undefined) return { kind: 'assert', assert: position }
    const set = classEscapes[next]
    if (set !== undefined) return { kind: 'set', set }
    return this.#literal(this.#escapedUnit(next))
  }

  /** What glibc adds to POSIX; every other letter stands for itself there, which is never what was meant. */
  #posixEscape(next: string): RegexNode {
    const boundary = next === '<' || next === '>'
    if (boundary) {
      const node: RegexNode = { kind: 'set', set: wordChars }
      const look: RegexNode = { kind: 'look', behind: next === '>', negative: false, node }
      return { kind: 'seq', nodes: [{ kind: 'assert', assert: 'word' }, look] }
    }
    if (/[1-9]/.test(next)) return this.#backref(Number(next))
    if (next === 'b' || next === 'B') return { kind: 'assert', assert: next === 'b' ? 'word' : 'not-word' }
    const set = /[wWsS]/.test(next) ? classEscapes[next] : undefined
    if (set !== undefined) return { kind: 'set', set }
    if (/[A-Za-z]/.test(next)) throw new RegexError(`"\\${next}" is not POSIX: write a class in brackets`)
    return this.#literal(next.charCodeAt(0))
  }

  #digitsFrom(first: string): number {
    const more = /^\d{0,2}/.exec(this.#text.slice(this.#at, this.#at + 2))?.[0] ?? ''
    this.#at += more.length
    return Number(first + more)
  }

  #backref(index: number): RegexNode {
    if (!this.#closed.has(index)) throw new RegexError('a reference to a group that is not there yet')
    return { kind: 'backref', index }
  }

  #quotation(): RegexNode | null {
    const end = this.#text.indexOf('\\E', this.#at)
    const quoted = this.#text.slice(this.#at, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#text.length : end + 2
    const nodes = Array.from({ length: quoted.length }, (_, i) => this.#literal(quoted.charCodeAt(i)))
    return nodes.length === 0 ? null : { kind: 'group', index: 0, node: { kind: 'seq', nodes } }
  }

  /** The code unit that an escape other than a class stands for. */
  #escapedUnit(next: string): number {
    const rest = this.#text.slice(this.#at, this.#at + 8)
    const hex = next === 'x' ? /^(?:\{([0-9a-fA-F]{1,4})\}|([0-9a-fA-F]{1,2}))/.exec(rest) : null
    if (hex !== null) {
      this.#at += hex[0].length
      return Number.parseInt(hex[1] ?? hex[2] ?? '0', 16)
    }
    if (next === '0') {
      const octal = /^[0-7]{0,2}/.exec(rest)?.[0] ?? ''
      this.#at += octal.length
      return Number.parseInt(`0${octal}`, 8)
    }
    const unit = escapes[next]
    if (unit !== undefined) return unit
    if (/[A-Za-z]/.test(next)) throw new RegexError(`"\\${next}" is not supported`)
    return next.charCodeAt(0)
  }

  #bracket(): RegexNode {
    const negative = this.#skip('^')
    const sets: CharSet[] = []
    for (let first = true; ; first = false) {
      const next = this.#text[this.#at]
      if (next === undefined) throw new RegexError('a "[" without its "]"')
      if (next === ']' && !first) break
      const from = this.#member(next)
      if (typeof from !== 'number') {
        sets.push(from)
        continue
      }
      const dash = this.#text[this.#at] === '-' && ![']', undefined].includes(this.#text[this.#at + 1])
      if (dash) this.#at++
      const to = dash ? this.#member(this.#text[this.#at] ?? '') : from
      if (typeof to !== 'number' || to < from) throw new RegexError('a range in brackets that runs backwards')
      sets.push([from, to])
    }
    this.#at++
    const set = this.#flags.ignoreCase ? bothCases(union(...sets)) : union(...sets)
    return { kind: 'set', set: negative ? complement(set) : set }
  }

  /** One member of a bracket: a code unit, or a whole class. */
  #member(next: string): number | CharSet {
    this.#at++
    if (next === '[' && /^[:.=]/.test(this.#text[this.#at] ?? '')) {
      const named = /^:(\^?)([a-z]+):\]/.exec(this.#text.slice(this.#at, this.#at + 12))
      const set = posixClasses.get(named?.[2] ?? '')
      if (named === null && this.#flags.dialect === 'pcre') return next.charCodeAt(0)
      if (named === null || set === undefined) throw new RegexError('a class in brackets that is not known')
      this.#at += named[0].length
      return named[1] === '^' ? complement(set) : set
    }
    if (next !== '\\' || this.#flags.dialect === 'posix') return next.charCodeAt(0)
    const escaped = this.#text[this.#at++]
    if (escaped === undefined) throw new RegexError('a "[" without its "]"')
    if (escaped === 'b') return 8
    return classEscapes[escaped] ?? this.#escapedUnit(escaped)
  }

  #skip(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  #skipBlanks(): void {
    const blank = /(?:\s|#[^\n]*)*/y
    blank.lastIndex = this.#at
    this.#at += blank.exec(this.#text)?.[0].length ?? 0
  }
}

function text(chars: string): RegexNode {
  const nodes = Array.from(chars, (char): RegexNode => {
    const unit = char.charCodeAt(0)
    return { kind: 'set', set: [unit, unit] }
  })
  return { kind: 'seq', nodes }
}

function withFlags(flags: RegexSyntax, on: string, off: string): RegexSyntax {
  const set = (letter: string, before: boolean): boolean =>
    off.includes(letter) ? false : on.includes(letter) ? true : before
  return {
    ...flags,
    ignoreCase: set('i', flags.ignoreCase),
    multiline: set('m', flags.multiline),
    dotAll: set('s', flags.dotAll),
    extended: set('x', flags.extended),
    ungreedy: set('U', flags.ungreedy),
  }
}
