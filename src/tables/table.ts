// SPDX-License-Identifier: Apache-2.0
/** What a lookup table of an operator is, whatever it is made of. */
import type { Complaint } from '../core/failure.ts'

export type TableAnswer =
  /** place: "file:line" of the entry, or the table's own name. */
  | { readonly kind: 'found'; readonly value: string; readonly place: string }
  | { readonly kind: 'missing' }
  /** The table could not be asked: never a "no". */
  | { readonly kind: 'failed'; readonly because: string }

export interface Table {
  /** As the operator wrote it, "type:where". */
  readonly spec: string
  /** Patterns and programs are asked the whole string once; their authors did not foresee its parts. */
  readonly wholeKeysOnly: boolean
  /** At once where the table is in memory. Never throws. */
  find(key: string): TableAnswer | Promise<TableAnswer>
}

export const missing: TableAnswer = { kind: 'missing' }

/** Where a table was asked for: complaints about its specification point there. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** Either what was read, or everything that is wrong with it. */
export type Read<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'bad'; readonly complaints: readonly Complaint[] }

/** Collects complaints about one file. */
export class Complaints {
  readonly list: Complaint[] = []
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  add(line: number, text: string, hint: string | null = null): void {
    this.list.push({ file: this.#file, line, text, hint })
  }

  read<T>(value: T): Read<T> {
    return this.list.length === 0 ? { kind: 'ok', value } : { kind: 'bad', complaints: this.list }
  }
}
