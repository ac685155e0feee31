// SPDX-License-Identifier: Apache-2.0
/** Reads the tables of SPF cases (spf-cases/*.txt, whose format stands at the head of the first). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SpfCase {
  readonly file: string
  readonly heading: string
  readonly title: string
  readonly expected: string
  readonly ip: string
  readonly helo: string
  readonly sender: string
  /** null: not compared. */
  readonly explanation: string | null
  readonly zone: string
}

const directory = join(import.meta.dirname, 'spf-cases')
const caseLine = /^(pass|fail|softfail|neutral|none|temperror|permerror)((?: .*)?) -- (.+)$/

const unescaped = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

function readCase(file: string, heading: string, zone: string, match: RegExpExecArray): SpfCase {
  const [, expected = '', given = '', title = ''] = match
  const values = new Map<string, string>()
  let record: string | null = null
  for (const [, key, quoted, plain] of given.matchAll(/ (?:([a-z]+)=)?(?:"([^"]*)"|([^ "]*))/g)) {
    if (key === undefined) record = quoted ?? plain ?? ''
    else values.set(key, unescaped(quoted ?? plain ?? ''))
  }
  const sender = values.get('from') ?? 'alice@example.com'
  const own = record === null ? '' : `example.com TXT "${unescaped(record)}"\n`
  return {
    file,
    heading,
    title,
    expected,
    ip: values.get('ip') ?? '192.0.2.7',
    helo: values.get('helo') ?? 'mail.example.com',
    sender,
    explanation: values.get('exp') ?? null,
    zone: own + zone,
  }
}

function readFile(file: string): SpfCase[] {
  const sections = readFileSync(join(directory, file), 'utf8').split(/^=== /m).slice(1)
  return sections.flatMap((section) => {
    const [heading = '', ...lines] = section.split('\n')
    const matches = lines.map((line) => caseLine.exec(line))
    const zone = lines.filter((line, i) => matches[i] === null && line !== '').map(unescaped)
    return matches.filter((match) => match !== null).map((m) => readCase(file, heading, zone.join('\n'), m))
  })
}

/** Every case of every table. */
export function spfCases(): SpfCase[] {
  return readdirSync(directory).toSorted().flatMap(readFile)
}
