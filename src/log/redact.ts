// SPDX-License-Identifier: Apache-2.0
import type { LogFields } from '../core/ports.ts'

/** Fields of these names never reach a log, whoever passed them. */
const secret = /password|passwd|secret|token|credential|authorization/i
/** Longer texts are cut: an attacker writes log lines of the length we allow. */
const maxLength = 500

export function redact(fields: LogFields): LogFields {
  const out: Record<string, LogFields[string]> = {}
  for (const [key, value] of Object.entries(fields)) {
    out[key] = secret.test(key)
      ? '[redacted]'
      : typeof value === 'string' && value.length > maxLength
        ? `${value.slice(0, maxLength)}…`
        : value
  }
  return out
}

/** A cause as fields. */
export function describe(cause: unknown): LogFields {
  if (!(cause instanceof Error)) return { because: String(cause) }
  return { because: cause.message, ...(cause.stack === undefined ? {} : { stack: cause.stack }) }
}
