// SPDX-License-Identifier: Apache-2.0
/** How commands speak: lines for people or one JSON object a line for programs. */
import { type Complaint, printComplaint } from '../core/failure.ts'

export interface Io {
  out(text: string): void
  err(text: string): void
  /** Columns and colour only where a person looks. */
  readonly isTerminal: boolean
  readonly input: AsyncIterable<Uint8Array>
}

export function printJson(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value)}\n`)
}

/** One complaint a line on standard error; with --json one object a line on standard output. */
export function printComplaints(io: Io, complaints: readonly Complaint[], json: boolean): void {
  for (const complaint of complaints) {
    if (json) printJson(io, complaint)
    else io.err(`${printComplaint(complaint)}\n`)
  }
}

/** Columns aligned; numbers to the right. */
export function printTable(io: Io, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  new Table(io, head).print(rows)
}

/** A table of any length, printed page by page; a later page may widen a column. */
export class Table {
  readonly #io: Io
  readonly #head: readonly string[]
  #widths: readonly number[]
  #begun = false

  constructor(io: Io, head: readonly string[]) {
    this.#io = io
    this.#head = head
    this.#widths = head.map(({ length }) => length)
  }

  print(rows: readonly (readonly (string | number)[])[]): void {
    this.#widths = this.#widths.map((width, i) =>
      rows.reduce((max, row) => Math.max(max, String(row[i]).length), width),
    )
    if (!this.#begun) {
      const text = this.#line(this.#head)
      this.#io.out(this.#io.isTerminal ? `\x1b[1m${text}\x1b[0m\n` : `${text}\n`)
      this.#begun = true
    }
    if (rows.length > 0) this.#io.out(rows.map((row) => `${this.#line(row)}\n`).join(''))
  }

  #line(row: readonly (string | number)[]): string {
    const cells = row.map((cell, i) => {
      const width = this.#widths[i] ?? 0
      return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width)
    })
    return cells.join('  ').trimEnd()
  }
}

const colours = { red: 31, green: 32, yellow: 33, blue: 34, dim: 2, bold: 1 } as const

export function paint(io: Io, colour: keyof typeof colours, text: string): string {
  return io.isTerminal ? `\x1b[${colours[colour]}m${text}\x1b[0m` : text
}
