// SPDX-License-Identifier: Apache-2.0
import type { Reply } from './reply.ts'

/** The one thrown class of the mail path: what the peer may read, and what the operator reads. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly reply: Reply
  readonly detail: string

  constructor(reply: Reply, detail: string, cause?: unknown) {
    super(detail, { cause })
    this.reply = reply
    this.detail = detail
  }

  get temporary(): boolean {
    return this.reply.code < 500
  }
}

/** A complaint about something a person wrote: one line, with the place and the way out. */
export interface Complaint {
  readonly file: string
  /** 1-based; 0 when the whole file is meant. */
  readonly line: number
  readonly text: string
  /** The nearest right spelling, or what to do. */
  readonly hint: string | null
}

export function printComplaint(complaint: Complaint): string {
  const place = complaint.line > 0 ? `${complaint.file}:${complaint.line}` : complaint.file
  return `${place}: ${complaint.text}${complaint.hint === null ? '' : ` (${complaint.hint})`}`
}

/** Bad input from a user (config, rules, corpus, argument): ends a command with a sysexits code. */
export class UserError extends Error {
  override readonly name = 'UserError'
  /** sysexits(3): 64 usage, 65 data, 66 no input, 69 unavailable, 73/74 I/O, 75 temporary, 77 permission, 78 config. */
  readonly exitCode: number
  readonly complaints: readonly Complaint[]

  constructor(exitCode: number, complaints: readonly Complaint[] | string) {
    const list =
      typeof complaints === 'string' ? [{ file: 'postern', line: 0, text: complaints, hint: null }] : complaints
    super(list.map(printComplaint).join('\n'))
    this.exitCode = exitCode
    this.complaints = list
  }
}
