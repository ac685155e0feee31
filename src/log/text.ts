// SPDX-License-Identifier: Apache-2.0
/** Lines for people: `2026-01-31T12:00:00.000Z info smtp.connect session=… client=192.0.2.1` */
import type { LogFields, Logger } from '../core/ports.ts'
import type { LogOptions } from './options.ts'
import { describe, redact } from './redact.ts'

type Level = LogOptions['level']

const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']

type Value = LogFields[string]

function printValue(value: Value): string {
  const text = Array.isArray(value) ? value.join(',') : String(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

/** Each field with a space before it. */
function printFields(fields: LogFields): string {
  let text = ''
  for (const key of Object.keys(fields)) if (fields[key] !== undefined) text += ` ${key}=${printValue(fields[key])}`
  return text
}

/** @param bound fields of every line of it, printed */
export function textLogger(options: LogOptions, bound = ''): Logger {
  const least = levels.indexOf(options.level)
  const line = (level: Level, event: string, fields: LogFields, stack = '') => {
    const time = new Date(options.clock.now()).toISOString()
    options.write(`${time} ${level} ${event}${bound}${printFields(fields)}${stack}\n`)
  }
  const at =
    (level: Level): Logger['info'] =>
    (event, fields = {}) => {
      if (levels.indexOf(level) >= least) line(level, event, redact(fields))
    }
  return {
    child: (fields) => textLogger(options, bound + printFields(redact(fields))),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: (event, cause, fields = {}) => {
      const { stack, ...why } = describe(cause)
      line('error', event, { ...redact(fields), ...why }, stack === undefined ? '' : `\n${String(stack)}`)
    },
  }
}
