// SPDX-License-Identifier: Apache-2.0
/** Which messages were learnt, as what, by whom: who may overrule whom. */
import { type JournalRecord, type Source, sources } from './journal.ts'

export interface Entry {
  /** Whose opinion: an account, a domain, or everybody (""). */
  readonly reader: string
  readonly sequence: number
  readonly spam: boolean
  readonly source: Source
}

export interface Claim {
  readonly digest: string
  readonly reader: string
  readonly spam: boolean
  readonly source: Source
}

/** learn: new. replace: with these taken back first. confirm: as known, by a higher source. known: nothing to do. */
export type Ruling =
  | { readonly kind: 'learn' | 'confirm' | 'known' }
  | { readonly kind: 'replace'; readonly stale: readonly Entry[] }

const rank = (source: Source): number => sources.indexOf(source)
const isPerson = (source: Source): boolean => rank(source) >= rank('administrator')

export class Known {
  readonly #entries = new Map<string, Entry[]>()
  readonly #counts = { ham: 0, spam: 0 }
  #size = 0

  get size(): number {
    return this.#size
  }

  get counts(): { readonly ham: number; readonly spam: number } {
    return { ...this.#counts }
  }

  of(digest: string): readonly Entry[] {
    return this.#entries.get(digest) ?? []
  }

  /** Whether a record of the journal still counts. */
  isLive({ digest, reader, sequence }: JournalRecord): boolean {
    return this.#find(digest, reader)?.sequence === sequence
  }

  /** A person's label stands against a machine's; a higher source's against a lower's; among equals the later counts. */
  rule({ digest, reader, spam, source }: Claim): Ruling {
    const own = this.#find(digest, reader)
    const others = this.of(digest).filter((entry) => entry !== own)
    if (own !== undefined && rank(source) < rank(own.source)) return { kind: 'known' }
    if (!isPerson(source) && others.some((entry) => isPerson(entry.source))) return { kind: 'known' }
    const guesses = isPerson(source) ? others.filter((e) => !isPerson(e.source) && e.spam !== spam) : []
    const stale = own !== undefined && own.spam !== spam ? [own, ...guesses] : guesses
    if (stale.length > 0) return { kind: 'replace', stale }
    if (own === undefined) return { kind: 'learn' }
    return { kind: own.source === source ? 'known' : 'confirm' }
  }

  /** Takes a record of the journal to account. */
  note(record: JournalRecord): void {
    const { digest, reader, kind, sequence, source } = record
    const before = this.#find(digest, reader)
    if (kind === 'confirm') {
      if (before !== undefined) this.#put(digest, { ...before, source })
      return
    }
    if (before !== undefined) this.#drop(digest, before)
    if (kind === 'forget') return
    this.#put(digest, { reader, sequence, spam: kind === 'spam', source })
    this.#counts[kind]++
    this.#size++
  }

  #find(digest: string, reader: string): Entry | undefined {
    return this.#entries.get(digest)?.find((entry) => entry.reader === reader)
  }

  #put(digest: string, entry: Entry): void {
    const rest = this.of(digest).filter((other) => other.reader !== entry.reader)
    this.#entries.set(digest, [...rest, entry])
  }

  #drop(digest: string, entry: Entry): void {
    const rest = this.of(digest).filter((other) => other.reader !== entry.reader)
    if (rest.length === 0) this.#entries.delete(digest)
    else this.#entries.set(digest, rest)
    this.#counts[entry.spam ? 'spam' : 'ham']--
    this.#size--
  }
}
