// SPDX-License-Identifier: Apache-2.0
/**
 * The words of one command (RFC 3501 §9). The bytes are the whole command without its last line end; literals stand in
 * them as they came, "{5}" CRLF and five bytes. "May" methods say whether something was there; the others refuse.
 */
import { bad } from './refusal.ts'

/** Ends an atom: atom-specials of RFC 3501 §9 without the resp-special "]". */
const atomEnds = new Set([...'(){ %*"\\'].map((char) => char.charCodeAt(0)))
const bracket = 93
const maxNumber = 4_294_967_295

export class Lexer {
  readonly #bytes: Buffer
  #pos: number

  constructor(bytes: Buffer, start = 0) {
    this.#bytes = bytes
    this.#pos = start
  }

  get atEnd(): boolean {
    return this.#pos >= this.#bytes.length
  }

  /** Takes the one character if it is next. */
  may(char: string): boolean {
    if (this.#bytes[this.#pos] !== char.charCodeAt(0)) return false
    this.#pos += 1
    return true
  }

  must(char: string): void {
    if (!this.may(char)) throw bad(`expected ${char === ' ' ? 'a space' : `"${char}"`}`)
  }

  /** Is this the next character? It is not taken. */
  sees(char: string): boolean {
    return this.#bytes[this.#pos] === char.charCodeAt(0)
  }

  space(): void {
    this.must(' ')
  }

  end(): void {
    if (!this.atEnd) throw bad('unexpected text after the arguments')
  }

  /** ATOM, in which extra characters may stand and "]" may not unless it is one of them. */
  atom(extra = ''): string {
    const word = this.#run((byte) => {
      const char = String.fromCharCode(byte)
      if (extra.includes(char)) return true
      return byte > 32 && byte < 127 && !atomEnds.has(byte) && byte !== bracket
    })
    if (word.length === 0) throw bad('expected an atom')
    return word.toString('latin1')
  }

  /** An atom in upper case: command names, items, search keys. */
  word(): string {
    return this.atom().toUpperCase()
  }

  /** A word that "[" ends too: the name of a FETCH item before its section. */
  itemName(): string {
    const word = this.#run(
      (byte) => (byte >= 48 && byte <= 57) || ((byte | 32) >= 97 && (byte | 32) <= 122) || byte === 46,
    )
    if (word.length === 0) throw bad('expected an item')
    return word.toString('latin1').toUpperCase()
  }

  /** Takes a word of letters if it is next, in any case, and a space or the end follows. */
  mayWord(word: string): boolean {
    const end = this.#pos + word.length
    if (this.#bytes.toString('latin1', this.#pos, end).toUpperCase() !== word) return false
    if (end < this.#bytes.length && this.#bytes[end] !== 32) return false
    this.#pos = end
    return true
  }

  /** The flag as written: an atom, or a backslash and one. */
  flag(): string {
    const slash = this.may('\\') ? '\\' : ''
    return slash + this.atom()
  }

  number(): number {
    const digits = this.#run((byte) => byte >= 48 && byte <= 57).toString('latin1')
    const value = Number(digits)
    if (digits === '' || digits.length > 10 || value > maxNumber) throw bad('expected a number')
    return value
  }

  /** astring: an atom in which "]" may stand, a quoted string or a literal; bytes. */
  astring(): Buffer {
    return this.#stringIsNext() ? this.string() : Buffer.from(this.atom(']'), 'latin1')
  }

  /** list-mailbox: an astring with wildcards. */
  pattern(): Buffer {
    return this.#stringIsNext() ? this.string() : Buffer.from(this.atom(']%*'), 'latin1')
  }

  /** A quoted string or a literal; bytes. */
  string(): Buffer {
    if (this.may('"')) return this.#quoted()
    if (this.sees('{')) return this.#literal()
    throw bad('expected a string')
  }

  /** A string, or null for NIL. */
  nstring(): Buffer | null {
    if (this.#stringIsNext()) return this.string()
    if (this.word() !== 'NIL') throw bad('expected a string or NIL')
    return null
  }

  /** "(" item *(SP item) ")", or "()". */
  list<T>(item: () => T): T[] {
    this.must('(')
    const items: T[] = []
    if (this.may(')')) return items
    do items.push(item())
    while (this.may(' '))
    this.must(')')
    return items
  }

  /** Characters of a sequence set, not yet understood. */
  setText(): string {
    const text = this.#run((byte) => (byte >= 48 && byte <= 58) || byte === 42 || byte === 44).toString('latin1')
    if (text === '') throw bad('expected a sequence set')
    return text
  }

  #stringIsNext(): boolean {
    return this.sees('"') || this.sees('{')
  }

  #run(belongs: (byte: number) => boolean): Buffer {
    const start = this.#pos
    while (this.#pos < this.#bytes.length && belongs(this.#bytes[this.#pos] ?? 0)) this.#pos += 1
    return this.#bytes.subarray(start, this.#pos)
  }

  #quoted(): Buffer {
    const out: number[] = []
    for (;;) {
      let byte = this.#bytes[this.#pos++]
      if (byte === 34) return Buffer.from(out)
      if (byte === 92) {
        byte = this.#bytes[this.#pos++]
        if (byte !== 34 && byte !== 92) throw bad('only " and \\ can be escaped')
      }
      if (byte === undefined || byte === 0 || byte === 10 || byte === 13) throw bad('unfinished quoted string')
      out.push(byte)
    }
  }

  #literal(): Buffer {
    this.must('{')
    const size = this.number()
    this.may('+')
    this.must('}')
    this.may('\r')
    this.must('\n')
    const start = this.#pos
    if (start + size > this.#bytes.length) throw bad('unfinished literal')
    this.#pos += size
    return this.#bytes.subarray(start, this.#pos)
  }
}
