// SPDX-License-Identifier: Apache-2.0
/** eval tests of dates: when the message says it was written, and when it was received. */
import { parseDate } from '../message/dates.ts'
import { type EvalTests, isFromTo, yes } from './evals-kit.ts'
import type { Views } from './views.ts'

const hourMs = 3_600_000
const yearMs = 31_556_952_000
const dateInReceived = /\s(.?\d+ \S\S\S \d+ \d+:\d+:\d+ \S+)/

function writtenAt(views: Views): number | null {
  for (const name of ['Resent-Date', 'Date']) {
    for (const value of views.fields.all(name)) {
      const at = parseDate(value)
      if (at !== null) return at
    }
  }
  return null
}

/** Times of the Received fields from the newest to the oldest; a fetcher's own do not count. */
function receivedTimes(views: Views): number[] {
  const lines = views.fields
    .text('Received')
    .split('\n')
    .filter((line) => /\S/.test(line))
  const [first = '', second = ''] = lines
  const isLocal =
    /\bfrom (?:localhost\s|(?:\S+ ){1,2}\S*\b127\.0\.0\.1\b)/.test(first) || /qmail \d+ invoked by uid \d+/.test(first)
  const fetcher = /\bby localhost with \w+ \(fetchmail-[\d.]+/
  const skipped = isLocal ? (fetcher.test(second) ? 2 : 0) : fetcher.test(first) ? 1 : 0
  return lines.slice(skipped).flatMap((line) => {
    const text = dateInReceived.exec(line)?.[1]
    const at = text === undefined ? null : parseDate(text)
    return at === null ? [] : [at]
  })
}

/** Milliseconds between Date and the Received field that is nearest to it; 0 where one of them is absent. */
function difference(views: Views): number {
  const written = views.once(writtenAt)
  const times = views.once(receivedTimes)
  if (written === null || times.length === 0) return 0
  const differences = times.map((at) => written - at)
  // The oldest may have taken its time from the Date field.
  if (differences.length > 1 && differences.at(-1) === 0) differences.pop()
  return differences.reduce((nearest, one) => (Math.abs(one) < Math.abs(nearest) ? one : nearest))
}

function shifted(views: Views, args: readonly string[]): string | null {
  const hours = views.once(difference) / hourMs
  return yes(isFromTo(hours, args, 0), `${Math.round(hours)} h`)
}

function receivedWithin(views: Views, args: readonly string[]): string | null {
  const at = views.once(receivedTimes)[0] ?? views.once(writtenAt) ?? 0
  return yes(isFromTo(((views.facts.now - at) / yearMs) * 12, args, 0))
}

/** Outlook counts time in its Message-IDs: ticks of about 429 seconds. */
function outlookId(views: Views): string | null {
  const token = /^<[0-9a-f]{4}([0-9a-f]{8})\$[0-9a-f]{8}\$[0-9a-f]{8}@/.exec(views.fields.text('MESSAGEID'))?.[1]
  if (token === undefined) return null
  const ticks = Number.parseInt(token, 16)
  const isNear = (at: number): boolean =>
    Math.abs(ticks - Math.trunc((at / 1000) * 0.0023283064365387 + 27_111_902.8329849)) < 250
  if (isNear(parseDate(views.fields.first('Date')) ?? 0)) return null
  const text = dateInReceived.exec(views.fields.text('Received'))?.[1] ?? ''
  return yes(!isNear(parseDate(text) ?? 0), token)
}

export const dateTests: EvalTests = {
  check_for_shifted_date: shifted,
  received_within_months: receivedWithin,
  check_outlook_message_id: outlookId,
}
