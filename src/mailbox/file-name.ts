// SPDX-License-Identifier: Apache-2.0
/**
 * Names of message files: "<seconds>.M<micros>P<pid>R<start>Q<n>.<host>,S=<bytes>,W=<bytes with CRLF>:2,<flags>".
 * The part before ":2," is the base: it names the message for good, whatever its flags or directory.
 */
import { lettersOf, systemOfLetters } from './flags.ts'

export interface FileName {
  readonly base: string
  readonly letters: string
}

export function parseFileName(name: string): FileName {
  const cut = name.lastIndexOf(':2,')
  return cut < 0 ? { base: name, letters: '' } : { base: name.slice(0, cut), letters: name.slice(cut + 3) }
}

export function printFileName(base: string, system: number, oldLetters: string): string {
  return `${base}:2,${lettersOf(system, oldLetters)}`
}

export function systemOf(name: FileName): number {
  return systemOfLetters(name.letters)
}

/** Size with CRLF line ends, when the name says so; null where the file must be read. */
export function sizeInName(base: string): number | null {
  const found = /,W=(\d{1,15})(?:,|$)/.exec(base)?.[1]
  return found === undefined ? null : Number(found)
}

/** Names that cannot stand in our line-based UID file, or were not valid UTF-8, are left alone. */
export function isMessageName(name: string): boolean {
  return !name.startsWith('.') && !/[\p{Cc}\ufffd]/u.test(name)
}

/** Order of arrival: by the seconds, then by the microseconds and counter of the same host, then by the text. */
export function compareArrival(a: string, b: string): number {
  for (const pattern of [/^(\d{1,15})\./, /\.M(\d{1,9})/, /Q(\d{1,15})\./]) {
    const difference = numberIn(a, pattern) - numberIn(b, pattern)
    if (difference !== 0) return difference
  }
  return a < b ? -1 : 1
}

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0)
}

/**
 * A maker of names that no other delivery can choose: process id, a random word for this start of the process
 * (containers reuse process ids), and a counter.
 */
export function nameMaker(host: string, pid: number, start: string): (nowMs: number) => string {
  const place =
    host
      .toLowerCase()
      .replace(/[^a-z0-9.-]/g, '_')
      .slice(0, 64) || 'localhost'
  let counter = 0
  return (nowMs) => {
    counter += 1
    const seconds = Math.floor(nowMs / 1000)
    const micros = Math.floor((nowMs - seconds * 1000) * 1000)
    return `${seconds}.M${micros}P${pid}R${start}Q${counter}.${place}`
  }
}

export function withSizes(unique: string, bytes: number, bytesWithCrlf: number): string {
  return `${unique},S=${bytes},W=${bytesWithCrlf}`
}
