// SPDX-License-Identifier: Apache-2.0
/** What an import could not carry over as it was. */
import type { Place } from './main-cf.ts'

/**
 * dropped: it is not in the result. changed: it is, and means something a little different. todo: a person has to do
 * something before it works.
 */
export type NoteKind = 'dropped' | 'changed' | 'todo'

export interface Note extends Place {
  readonly kind: NoteKind
  /** The parameter, restriction, table or service. */
  readonly what: string
  readonly because: string
}

export class Notes {
  readonly #list: Note[] = []

  add(kind: NoteKind, place: Place, what: string, because: string): void {
    const { file, line } = place
    const isKnown = this.#list.some((note) => note.file === file && note.line === line && note.what === what)
    if (!isKnown) this.#list.push({ kind, file, line, what, because })
  }

  /** In the order of the files' lines. */
  get all(): readonly Note[] {
    const files = [...new Set(this.#list.map((note) => note.file))]
    return this.#list.toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line)
  }
}

/** "main.cf:12: smtpd_milters: why". */
export function printNote({ file, line, kind, what, because }: Note): string {
  const words: Readonly<Record<NoteKind, string>> = {
    dropped: 'not carried over',
    changed: 'carried over with a change',
    todo: 'to do',
  }
  return `${line > 0 ? `${file}:${line}` : file}: ${words[kind]}: ${what}: ${because}`
}
