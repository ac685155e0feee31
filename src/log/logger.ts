// SPDX-License-Identifier: Apache-2.0
/** Structured log: an event name and fields, one line each. The one door to pino. */
import { type Logger as Pino, pino } from 'pino'
import type { Clock, LogFields, Logger } from '../core/ports.ts'
import { redact } from './redact.ts'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** text: a line for people; json: an object for programs. */
  readonly format: 'text' | 'json'
  readonly write: (line: string) => void
  readonly clock: Clock
}

export function createLogger(options: LogOptions): Logger {
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
    },
    { write: (line) => options.write(options.format === 'json' ? line : asText(line)) },
  )
  return wrap(root)
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

function describe(cause: unknown): LogFields {
  if (!(cause instanceof Error)) return { because: String(cause) }
  return { because: cause.message, ...(cause.stack === undefined ? {} : { stack: cause.stack }) }
}

/** `2026-01-31T12:00:00.000Z info smtp.connect session=… client=192.0.2.1` */
function asText(line: string): string {
  const { time, level, event, stack, ...fields } = JSON.parse(line) as Record<string, unknown>
  const words = Object.entries(fields).map(([key, value]) => `${key}=${printValue(value)}`)
  const trace = typeof stack === 'string' ? `\n${stack}` : ''
  return `${[time, level, event, ...words].join(' ')}${trace}\n`
}

function printValue(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : String(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}
