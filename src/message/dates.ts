// SPDX-License-Identifier: Apache-2.0
/** Dates of mail (RFC 5322 §3.3, §4.3), read leniently. */
import type { EpochMs } from '../core/brand.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Minutes east of Greenwich of the names in RFC 5322 §4.3 and of those still seen in mail. */
const zones: Readonly<Record<string, number>> = {
  ut: 0, gmt: 0, utc: 0, z: 0, est: -300, edt: -240, cst: -360, cdt: -300, mst: -420, mdt: -360, pst: -480, pdt: -420,
  cet: 60, cest: 120, met: 60, mest: 120, bst: 60, jst: 540, ist: 330, hst: -600,
} // biome-ignore format: a table

const pattern =
  /^(?:[a-z]{3,9}[,.]?\s{1,9})?(\d{1,2})[\s-]{1,9}([a-z]{3,9})[\s-]{1,9}(\d{2,4})\s{1,9}(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s{0,9}([+-]\d{4}|[a-z]{1,5})?/i

/** Milliseconds since 1970, or null when the text is no date. An unknown zone counts as UTC (RFC 5322 §4.3). */
export function parseDate(text: string): EpochMs | null {
  const match = pattern.exec(text.trim())
  if (match === null) return null
  const [, day, name, year, hour, minute, second, zone] = match
  const month = months.indexOf((name ?? '').slice(0, 3).toLowerCase())
  if (month < 0) return null
  const time = Date.UTC(fullYear(year ?? ''), month, Number(day), Number(hour), Number(minute), Number(second ?? 0))
  const valid = Number(day) >= 1 && Number(day) <= 31 && Number(hour) < 24 && Number(minute) < 60
  return valid && !Number.isNaN(time) ? ((time - zoneMinutes(zone ?? '') * 60_000) as EpochMs) : null
}

/** RFC 5322 §4.3: two digits below 50 are 20xx, the rest, and three digits, count from 1900. */
function fullYear(text: string): number {
  const year = Number(text)
  if (text.length >= 4) return year
  return text.length === 2 && year < 50 ? year + 2000 : year + 1900
}

function zoneMinutes(zone: string): number {
  if (zone[0] === '+' || zone[0] === '-') {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5))
    return zone[0] === '-' ? -minutes : minutes
  }
  return zones[zone.toLowerCase()] ?? 0
}

/** "Tue, 05 Mar 2024 10:20:30 +0000" (RFC 5322 §3.3), always in UTC. */
export function formatDate(at: EpochMs): string {
  const date = new Date(at)
  const two = (n: number): string => String(n).padStart(2, '0')
  const month = months[date.getUTCMonth()] ?? ''
  const day = `${weekdays[date.getUTCDay()]}, ${two(date.getUTCDate())} ${month[0]?.toUpperCase()}${month.slice(1)}`
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  return `${day} ${date.getUTCFullYear()} ${time} +0000`
}
