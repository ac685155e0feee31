// SPDX-License-Identifier: Apache-2.0
/** Dates that clients write (RFC 3501 §9 date, date-time). */
import { bad } from './refusal.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
export const dayMs = 86_400_000

function utc(year: string, month: string, day: string): number {
  const index = months.indexOf(month.toLowerCase())
  const ms = Date.UTC(Number(year), index, Number(day))
  if (index < 0 || new Date(ms).getUTCDate() !== Number(day)) throw bad('no such date')
  return ms
}

/** "1-Feb-1994" → its midnight in UTC, in milliseconds. */
export function parseDay(text: string): number {
  const [, day, month, year] = /^ ?(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text) ?? []
  if (day === undefined || month === undefined || year === undefined) throw bad('not a date')
  return utc(year, month, day)
}

/** "17-Jul-1996 02:44:25 -0700" → milliseconds. */
export function parseDateTime(text: string): number {
  const found = /^([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text)
  if (found === null) throw bad('not a date and time')
  const [, day = '', month = '', year = '', hours, minutes, seconds, sign, zoneHours, zoneMinutes] = found
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) throw bad('no such time')
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1)
  const local = utc(year, month, day) + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return local - zone * 60_000
}
