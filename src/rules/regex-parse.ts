// SPDX-License-Identifier: Apache-2.0
/** Reads a Perl regular expression (perlre) into the tree of regex-ast.ts. */

import { emptySet, escapes, invertSet, type Node, PatternError, rangeSet, unbounded } from './regex-ast.ts'
import { readClass, readEscapedCode } from './regex-class.ts'

export interface PatternFlags {
  readonly ignoreCase: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
  /** Perl's /x: white space and comments in the pattern do not count. */
  readonly extended: boolean
}

/** Groups inside each other; beyond this a pattern is refused. */
const maxDepth = 60
/** Where Perl itself stops. */
const maxRepeat = 65_534

/** Throws PatternError for what has no meaning, or none that JavaScript could be made to share. */
export function parsePattern(source: string, flags: PatternFlags): Node {
  return new Parser(unquote(source), flags).read()
}

/** Perl expands \Q...\E before it reads the pattern. */
function unquote(source: string): string {
  if (!/\\[QE]/.test(source)) return source
  return source.replace(/\\[^QE]|\\Q(.*?)(?:\\E|$)|\\E/gs, (found, text?: string) => {
    if (text !== undefined) return text.replace(/\W/g, '\\$&')
    return found === '\\E' ? '' : found
  })
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0
  #flags: PatternFlags

  constructor(text: string, flags: PatternFlags) {
    this.#text = text
    this.#flags = flags
  }

  read(): Node {
    const node = this.#either()
    if (this.#at < this.#text.length) throw new PatternError(`unmatched ")" at ${this.#at + 1}`)
    return node
  }

  #peek(text: string): boolean {
    return this.#text.startsWith(text, this.#at)
  }

  #either(): Node {
    const items = [this.#concat()]
    while (this.#peek('|')) {
      this.#at++
      items.push(this.#concat())
    }
    const [only] = items
    return items.length === 1 && only !== undefined ? only : { kind: 'either', items }
  }

  #concat(): Node {
    const items: Node[] = []
    while (this.#at < this.#text.length && !this.#peek('|') && !this.#peek(')')) {
      if (this.#flags.extended && this.#skipBlank()) continue
      const start = this.#at
      const inline = this.#inlineFlags()
      if (inline !== null) {
        const isFirst = items.length === 0
        if (!isFirst && holdsEither(inline)) throw new PatternError('flags set in the middle of alternatives')
        items.push(inline)
        continue
      }
      if (this.#at > start) continue
      items.push(this.#quantified(this.#atom()))
    }
    const [only] = items
    if (only === undefined) return { kind: 'empty' }
    return items.length === 1 ? only : { kind: 'concat', items }
  }

  #skipBlank(): boolean {
    const c = this.#text[this.#at] ?? ''
    if (/\s/.test(c)) {
      this.#at++
      return true
    }
    if (c !== '#') return false
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.#text.length : end + 1
    return true
  }

  /** "(?i)" holds to the end of its group; "(?#...)" is a comment. Null (with progress) for a comment. */
  #inlineFlags(): Node | null {
    if (this.#peek('(?#')) {
      const end = this.#text.indexOf(')', this.#at)
      if (end < 0) throw new PatternError('comment is not closed')
      this.#at = end + 1
      return null
    }
    const match = /^\(\?\^?([a-z]*)(?:-([a-z]+))?\)/.exec(this.#text.slice(this.#at, this.#at + 20))
    if (match === null) return null
    this.#at += match[0].length
    return this.#under(match[1] ?? '', match[2] ?? '', () => this.#either())
  }

  /** Reads something under changed flags, and wraps it in what JavaScript needs for them. */
  #under(on: string, off: string, read: () => Node): Node {
    const before = this.#flags
    this.#flags = {
      ignoreCase: flagOf('i', on, off, before.ignoreCase),
      multiline: flagOf('m', on, off, before.multiline),
      dotAll: flagOf('s', on, off, before.dotAll),
      extended: flagOf('x', on, off, before.extended),
    }
    const now = this.#flags
    const item = read()
    this.#flags = before
    const plus = changed(now, before, true)
    const minus = changed(now, before, false)
    if (plus === '' && minus === '') return { kind: 'group', item, capture: false, name: null }
    return { kind: 'flags', item, source: `?${plus}${minus === '' ? '' : `-${minus}`}:` }
  }

  #atom(): Node {
    const c = this.#text[this.#at] ?? ''
    switch (c) {
      case '(':
        return this.#group()
      case '[': {
        const read = readClass(this.#text, this.#at)
        this.#at = read.next
        return read.node
      }
      case '\\':
        return this.#escape()
      case '.': {
        this.#at++
        const members = this.#flags.dotAll ? invertSet(emptySet()) : invertSet(rangeSet([0x0a, 0x0a]))
        // JavaScript's dot stops at CR and U+2028 as well; Perl's stops at LF alone.
        return { kind: 'set', members, source: this.#flags.dotAll ? '[^]' : '[^\\n]' }
      }
      case '^':
        this.#at++
        return { kind: 'assert', source: this.#flags.multiline ? '(?:^|(?<=\\n))' : '^' }
      case '$':
        this.#at++
        // Perl's $ also matches before a line end that ends the text.
        return { kind: 'assert', source: this.#flags.multiline ? '(?=\\n|(?![^]))' : '(?=\\n?(?![^]))' }
      case '*':
      case '+':
      case '?':
        throw new PatternError(`nothing to repeat at ${this.#at + 1}`)
      default:
        this.#at++
        return { kind: 'char', code: c.charCodeAt(0) }
    }
  }

  #group(): Node {
    if (++this.#depth > maxDepth) throw new PatternError('groups are nested too deep')
    const head = this.#groupHead()
    const item = this.#flags
    const inner = head.flags === null ? this.#either() : this.#under(head.flags[0], head.flags[1], () => this.#either())
    this.#flags = item
    if (!this.#peek(')')) throw new PatternError('unmatched "("')
    this.#at++
    this.#depth--
    if (head.look !== null) return { kind: 'look', item: inner, source: head.look }
    // An atomic group is read as a plain one, which matches no less.
    return { kind: 'group', item: inner, capture: head.capture, name: head.name }
  }

  #groupHead(): {
    look: '?=' | '?!' | '?<=' | '?<!' | null
    capture: boolean
    name: string | null
    flags: [string, string] | null
  } {
    const rest = this.#text.slice(this.#at, this.#at + 80)
    const plain = { look: null, capture: false, name: null, flags: null }
    const take = (n: number): void => {
      this.#at += n
    }
    const look = /^\((\?<?[=!])/.exec(rest)?.[1]
    if (look !== undefined) {
      take(look.length + 1)
      return { ...plain, look: look as '?=' | '?!' | '?<=' | '?<!' }
    }
    const named = /^\(\?(?:P?<|')([A-Za-z_]\w*)[>']/.exec(rest)
    if (named !== null) {
      take(named[0].length)
      return { ...plain, capture: true, name: named[1] ?? null }
    }
    const flags = /^\(\?\^?([a-z]*)(?:-([a-z]+))?:/.exec(rest)
    if (flags !== null) {
      take(flags[0].length)
      const none = (flags[1] ?? '') === '' && flags[2] === undefined
      return { ...plain, flags: none ? null : [flags[1] ?? '', flags[2] ?? ''] }
    }
    if (rest.startsWith('(?>') || rest.startsWith('(?|')) {
      take(3)
      return plain
    }
    if (rest.startsWith('(?') || rest.startsWith('(*')) throw new PatternError(`"${rest.slice(0, 4)}" is not supported`)
    take(1)
    return { ...plain, capture: true }
  }

  #escape(): Node {
    const c = this.#text[this.#at + 1] ?? ''
    const set = escapes[c]
    if (set !== undefined) {
      this.#at += 2
      return { kind: 'set', members: set[0], source: `[${set[1]}]` }
    }
    if (c === 'b' || c === 'B') return this.#assert(`\\${c}`)
    if (c === 'A') return this.#assert('(?<![^])')
    if (c === 'Z') return this.#assert('(?=\\n?(?![^]))')
    if (c === 'z') return this.#assert('(?![^])')
    if (c === 'G' || c === 'K' || c === 'X' || c === 'p' || c === 'P' || c === 'C') {
      throw new PatternError(`"\\${c}" is not supported`)
    }
    if (c === 'k' || c === 'g') return this.#namedReference()
    if (c >= '1' && c <= '9' && !/^\\\d{3}/.test(this.#text.slice(this.#at, this.#at + 4))) {
      this.#at += 2
      return { kind: 'back', source: `(?:\\${c})` }
    }
    const read = readEscapedCode(this.#text, this.#at)
    this.#at = read.next
    return { kind: 'char', code: read.code }
  }

  #assert(source: string): Node {
    this.#at += 2
    return { kind: 'assert', source }
  }

  #namedReference(): Node {
    const match = /^\\(?:k[<{']([A-Za-z_]\w*)[>}']|g\{?(-?\d+)\}?)/.exec(this.#text.slice(this.#at, this.#at + 60))
    if (match === null || match[2]?.startsWith('-')) throw new PatternError('this back reference is not supported')
    this.#at += match[0].length
    return { kind: 'back', source: match[1] === undefined ? `(?:\\${match[2]})` : `\\k<${match[1]}>` }
  }

  #quantified(atom: Node): Node {
    let node = atom
    for (;;) {
      if (this.#flags.extended) while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
      const bounds = this.#bounds()
      if (bounds === null) return node
      let lazy = false
      if (this.#peek('?')) {
        lazy = true
        this.#at++
      } else if (this.#peek('+')) this.#at++ // possessive: matches no more than the greedy one we use
      node = { kind: 'repeat', item: node, min: bounds[0], max: bounds[1], lazy }
    }
  }

  #bounds(): [number, number] | null {
    const c = this.#text[this.#at]
    if (c === '*' || c === '+' || c === '?') {
      this.#at++
      return [c === '+' ? 1 : 0, c === '?' ? 1 : unbounded]
    }
    if (c !== '{') return null
    const match = /^\{\s*(\d*)\s*(,?)\s*(\d*)\s*\}/.exec(this.#text.slice(this.#at, this.#at + 24))
    // Perl takes a brace that is no quantifier as itself.
    if (match === null || (match[1] === '' && match[3] === '')) return null
    this.#at += match[0].length
    const min = Number(match[1] ?? 0)
    const max = match[3] !== '' ? Number(match[3]) : match[2] === ',' ? unbounded : min
    if (min > max || min > maxRepeat) throw new PatternError(`"${match[0]}" cannot be satisfied`)
    return [min, max]
  }
}

function holdsEither(node: Node): boolean {
  return 'item' in node && node.item.kind === 'either'
}

function flagOf(flag: string, on: string, off: string, before: boolean): boolean {
  if (on.includes(flag)) return true
  return off.includes(flag) ? false : before
}

/** Only case is left to JavaScript's own flags: dots and anchors are already spelled out. */
function changed(now: PatternFlags, before: PatternFlags, to: boolean): string {
  return now.ignoreCase !== before.ignoreCase && now.ignoreCase === to ? 'i' : ''
}
