// SPDX-License-Identifier: Apache-2.0
import type { LogFields, Logger, Meter } from '../../src/core/ports.ts'

export const silentMeter: Meter = { count: () => undefined, observe: () => undefined, gauge: () => undefined }

export const silentLog: Logger = {
  child: () => silentLog,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

export interface LoggedEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}

/** A logger that keeps what it was told. */
export function rememberingLog(): Logger & { readonly events: readonly LoggedEvent[] } {
  const events: LoggedEvent[] = []
  const at =
    (level: LoggedEvent['level']) =>
    (event: string, fields: LogFields = {}): void => {
      events.push({ level, event, fields })
    }
  const log: Logger = {
    child: () => log,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: (event, _cause, fields = {}) => at('error')(event, fields),
  }
  return { ...log, events }
}
