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
  const cells = [head, ...rows.map((row) => row.map(String))]
  const widths = head.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? '').length)))
  cells.forEach((row, r) => {
    const line = row.map((cell, i) => {
      const isNumber = r > 0 && typeof rows[r - 1]?.[i] === 'number'
      return isNumber ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)
    })
    const text = line.join('  ').trimEnd()
    io.out(r === 0 && io.isTerminal ? `\x1b[1m${text}\x1b[0m\n` : `${text}\n`)
  })
}

const colours = { red: 31, green: 32, yellow: 33, blue: 34, dim: 2, bold: 1 } as const

export function paint(io: Io, colour: keyof typeof colours, text: string): string {
  return io.isTerminal ? `\x1b[${colours[colour]}m${text}\x1b[0m` : text
}
