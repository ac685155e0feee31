// SPDX-License-Identifier: Apache-2.0
/** The Date field (RFC 5322 §3.3) as searched by SENT*: the day is the sender's, the zone does not count. */

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Midnight UTC of the day written in the field (RFC 3501 §6.4.4: "disregarding time and timezone"); null: unreadable. */
export function parseDate(value: string): number | null {
  const [, day, name, year] = /(?:^|[\s,])(\d{1,2})\s+([A-Za-z]{3})[a-z]{0,9}\s+(\d{2,4})\b/.exec(value) ?? []
  const month = months.indexOf((name ?? '').toLowerCase())
  if (month < 0 || day === undefined || year === undefined) return null
  const short = Number(year)
  // RFC 5322 §4.3: two-digit years.
  const full = year.length > 3 ? short : short + (year.length === 2 && short < 50 ? 2000 : 1900)
  const date = Date.UTC(full, month, Number(day))
  return Number.isNaN(date) ? null : date
}
