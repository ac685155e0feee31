// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '../core/ports.ts'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** text: a line for people; json: an object for programs. */
  readonly format: 'text' | 'json'
  readonly write: (line: string) => void
  readonly clock: Clock
}
