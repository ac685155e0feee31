// SPDX-License-Identifier: Apache-2.0
/** Structured log: an event name and fields, one line each. The one door to pino. */
import { type Logger as Pino, pino } from 'pino'
import type { Logger } from '../core/ports.ts'
import type { LogOptions } from './options.ts'
import { describe, redact } from './redact.ts'
import { textLogger } from './text.ts'

export function createLogger(options: LogOptions): Logger {
  return options.format === 'json' ? jsonLogger(options) : textLogger(options)
}

function jsonLogger(options: LogOptions): Logger {
  return wrap(
    pino(
      {
        level: options.level,
        base: null,
        timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
        messageKey: 'event',
      },
      { write: options.write },
    ),
  )
}

/** For rooms under test and commands that speak for themselves. */
export const silentLogger: Logger = {
  child: () => silentLogger,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

function wrap(log: Pino): Logger {
  return {
    child: (fields) => wrap(log.child(redact(fields))),
    debug: (event, fields = {}) => log.debug(redact(fields), event),
    info: (event, fields = {}) => log.info(redact(fields), event),
    warn: (event, fields = {}) => log.warn(redact(fields), event),
    error: (event, cause, fields = {}) => log.error({ ...redact(fields), ...describe(cause) }, event),
  }
}
