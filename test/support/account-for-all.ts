// SPDX-License-Identifier: Apache-2.0
/** Sends many messages at once and then says where each of them is: nothing may be lost, and nothing there twice. */
import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { SmtpClient } from '../../bench/smtp-client.ts'

export interface SendOptions {
  readonly port: number
  readonly connections: number
  readonly recipient: string
  /** Called after each answer. */
  readonly progress?: (answered: number) => void
}

/** Milliseconds for one reply. */
const replyMs = 120_000
/** Messages in one connection: a number that divides nothing, so that lanes drift apart. */
const perConnection = 37

/**
 * Each message in wire form, marked with its number, over so many connections at once.
 * @returns the code of the answer at each number; a refusal before DATA counts as the message's answer
 */
export async function sendAll(messages: readonly Uint8Array[], options: SendOptions): Promise<number[]> {
  const codes: number[] = []
  let next = 0
  let answered = 0
  async function connection(): Promise<void> {
    const client = new SmtpClient('127.0.0.1', options.port, replyMs)
    await client.reply()
    await client.ask('EHLO client.example.net\r\n')
    for (let sent = 0; sent < perConnection && next < messages.length; sent++) {
      const number = next++
      codes[number] = await transaction(client, number, messages[number] ?? new Uint8Array(), options.recipient)
      options.progress?.(++answered)
    }
    await client.ask('QUIT\r\n')
    client.close()
  }
  const lane = async (): Promise<void> => {
    while (next < messages.length) await connection()
  }
  await Promise.all(Array.from({ length: options.connections }, lane))
  return codes
}

async function transaction(client: SmtpClient, number: number, bytes: Uint8Array, to: string): Promise<number> {
  for (const command of [`MAIL FROM:<sender${number}@client.example.net>`, `RCPT TO:<${to}>`, 'DATA']) {
    const { code } = await client.ask(`${command}\r\n`)
    if (code < 400) continue
    await client.ask('RSET\r\n')
    return code
  }
  return (await client.ask(Buffer.concat([Buffer.from(`${mark}${number}\r\n`), bytes]))).code
}

const mark = 'X-Number: '

export type Place = 'INBOX' | 'Junk' | 'quarantine'

/** Reads everything that lies below data_dir: the number of each marked message and where it was found. */
export async function findAll(dataDir: string): Promise<Map<number, Place[]>> {
  const found = new Map<number, Place[]>()
  const entries = await readdir(dataDir, { withFileTypes: true, recursive: true })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const place = placeOf(path.slice(dataDir.length + 1))
    if (!entry.isFile() || place === null) continue
    const text = (await readFile(path)).toString('latin1')
    const number = /^X-Number: (\d+)\r?$/m.exec(text)?.[1]
    if (number !== undefined) found.set(Number(number), [...(found.get(Number(number)) ?? []), place])
  }
  return found
}

function placeOf(path: string): Place | null {
  const [room, ...rest] = path.split(sep)
  // Nothing waits in a queue here: what lies in the spool is held.
  if (room === 'spool') return 'quarantine'
  if (room !== 'mail' || !/^(?:new|cur)$/.test(rest.at(-2) ?? '')) return null
  return rest.at(-3) === '.Junk' ? 'Junk' : 'INBOX'
}

export interface Account {
  readonly places: Readonly<Record<Place | 'refused' | 'deferred', number>>
  /** Sentences about numbers whose answer and place do not agree. */
  readonly wrong: readonly string[]
}

/** Holds the answers against the places. */
export function settle(codes: readonly number[], found: ReadonlyMap<number, readonly Place[]>): Account {
  const places = { INBOX: 0, Junk: 0, quarantine: 0, refused: 0, deferred: 0 }
  const wrong: string[] = []
  codes.forEach((code, number) => {
    const at = found.get(number) ?? []
    if (code >= 500) places.refused++
    else if (code >= 400) places.deferred++
    for (const place of at) places[place]++
    const expected = code < 400 ? 1 : 0
    if (at.length !== expected) wrong.push(`message ${number}: answered ${code}, found ${at.length} times ${at}`)
  })
  return { places, wrong }
}

/** What the gateway's own numbers say, from the text of its metrics page. */
export function countedActions(page: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [, action = '', value] of page.matchAll(
    /^postern_pipeline_messages_total\{way="inbound",action="([a-z]+)"\} (\d+)$/gm,
  ))
    counts.set(action, Number(value))
  return counts
}

/** Sentences about metrics that differ from what was seen from outside. */
export function compareCounts(places: Account['places'], counted: ReadonlyMap<string, number>): string[] {
  const count = (...actions: string[]) => actions.reduce((sum, action) => sum + (counted.get(action) ?? 0), 0)
  const pairs: [string, number, number][] = [
    ['INBOX', places.INBOX, count('accept', 'mark')],
    ['Junk', places.Junk, count('junk')],
    ['quarantine', places.quarantine, count('quarantine')],
    ['refused', places.refused, count('reject')],
    ['deferred', places.deferred, count('defer')],
  ]
  return pairs
    .filter(([, seen, metric]) => seen !== metric)
    .map(([name, seen, metric]) => `${name}: ${seen} seen, ${metric} counted`)
}
