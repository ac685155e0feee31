// SPDX-License-Identifier: Apache-2.0

/** What a command ends with: status, response code without brackets (RFC 5530), and text for people. */
export interface Answer {
  readonly status: 'OK' | 'NO' | 'BAD'
  readonly code: string | null
  readonly text: string
}

/** Thrown where a command cannot go on. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly answer: Answer

  constructor(status: 'NO' | 'BAD', text: string, code: string | null = null) {
    super(text)
    this.answer = { status, code, text }
  }
}

export function ok(text: string, code: string | null = null): Answer {
  return { status: 'OK', code, text }
}

export function bad(text: string): Refusal {
  return new Refusal('BAD', text)
}

export function no(text: string, code: string | null = null): Refusal {
  return new Refusal('NO', text, code)
}
