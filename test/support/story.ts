// SPDX-License-Identifier: Apache-2.0
/**
 * A story: a mail, how it came, and what is made of it. One fact a line, then "---", then the message as it came:
 *
 *   title      what the story shows
 *   client     IP [NAME]; a name is confirmed both ways (PTR and A)
 *   helo, sender, recipient
 *   dns        zone lines, indented (zone.ts)
 *   expect     symbols that must be there; SYMBOL=POINTS where the price matters
 *   never      symbols that must not
 *   action     accept, junk, quarantine or reject; for reject, the words that the reply begins with may follow
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvelopeGuess, Scanner } from '../../src/app/scanner.ts'

const facts = ['title', 'client', 'helo', 'sender', 'recipient', 'dns', 'expect', 'never', 'action'] as const
type Fact = (typeof facts)[number]
const isFact = (word: string): word is Fact => facts.some((fact) => fact === word)

export interface Story {
  readonly facts: Readonly<Partial<Record<Fact, string>>>
  readonly zone: string
  readonly mail: string
}

/** Throws where a line is none of the facts. */
export function readStory(file: string): Story {
  const [head = '', ...rest] = readFileSync(file, 'latin1').split(/^---\n/m)
  const told: Partial<Record<Fact, string>> = {}
  let zone = ''
  head.split('\n').forEach((line, i) => {
    const [, word = '', text = ''] = /^(\S*)\s*(.*)$/.exec(line) ?? []
    if (/^\s+\S/.test(line)) zone += `${text}\n`
    else if (isFact(word)) told[word] = `${told[word] ?? ''} ${text}`.trim()
    else if (word !== '') throw new Error(`${file}:${i + 1}: what is "${word}"?`)
  })
  const [ip, name] = (told.client ?? '').split(' ')
  if (name !== undefined) zone += `${ip} PTR ${name}\n${name} A ${ip}\n`
  return { facts: told, zone, mail: rest.join('---\n') }
}

/** Scans the story's mail, written into the folder, and holds the verdict against what was expected. */
export async function tellStory({ facts: told, mail }: Story, scanner: Scanner, folder: string): Promise<void> {
  const file = join(folder, 'story.eml')
  writeFileSync(file, mail.replace(/\n/g, '\r\n'), 'latin1')
  const guess: EnvelopeGuess = {
    ...(told.client === undefined ? {} : { client: told.client.split(' ')[0] ?? '' }),
    ...(told.helo === undefined ? {} : { helo: told.helo }),
    ...(told.sender === undefined ? {} : { sender: told.sender }),
    ...(told.recipient === undefined ? {} : { recipient: told.recipient }),
  }
  const { verdict } = await scanner.scan(file, guess)
  const points = new Map(verdict.priced.map((one) => [one.evidence.symbol as string, one.points]))
  const seen = [...points].map(([symbol, value]) => `${symbol}=${value}`).join(' ')
  for (const word of words(told.expect)) {
    const [symbol = '', price] = word.split('=')
    assert.ok(points.has(symbol), `${symbol} is missing among ${seen}`)
    if (price !== undefined) assert.equal(points.get(symbol), Number(price), symbol)
  }
  for (const symbol of words(told.never)) assert.ok(!points.has(symbol), `${symbol} is among ${seen}`)
  const { action } = verdict
  const done = action.kind === 'reject' ? `reject ${action.reply.code} ${action.reply.enhanced}` : action.kind
  assert.ok(`${done} `.startsWith(`${told.action ?? 'accept'} `), `${done} (${verdict.score}): ${seen}`)
}

const words = (text = ''): string[] => text.split(' ').filter((word) => word !== '')
