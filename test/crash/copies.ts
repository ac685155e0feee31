// SPDX-License-Identifier: Apache-2.0
/** What arrived: every copy of every message, whole or not, and in which life of the gateway it was delivered. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { SinkMessage } from '../support/sink.ts'
import { readMarked } from './load.ts'

/** "token recipient" → the life of each copy: anything that differs between lives and not within one. */
export type Copies = ReadonlyMap<string, readonly string[]>

/**
 * Throws where a copy is torn.
 * @param ends how many messages the next hop had at the end of each life
 */
export function findCopies(messages: readonly SinkMessage[], ends: readonly number[], mail: string): Copies {
  const copies = new Map<string, string[]>()
  const add = (key: string, life: string) => copies.set(key, [...(copies.get(key) ?? []), life])
  for (const [i, { rcpt, bytes }] of messages.entries()) {
    const token = readMarked(bytes)
    const life = lifeOfSink(ends.findIndex((end) => i < end))
    for (const to of rcpt) add(`${token} ${/<(.*)>/.exec(to)?.[1]}`, life)
  }
  for (const name of existsSync(mail) ? readdirSync(mail, { recursive: true, encoding: 'utf8' }) : []) {
    if (!/\/new\/[^/]+$/.test(name) || !statSync(join(mail, name)).isFile()) continue
    const bytes = readFileSync(join(mail, name))
    const to = /^Delivered-To: (\S+)/m.exec(bytes.toString('latin1'))?.[1]
    // Maildir's unique names hold the process that made them.
    add(`${readMarked(bytes)} ${to}`, lifeOfProcess(Number(/P(\d+)R/.exec(name)?.[1])))
  }
  return copies
}

export function lifeOfSink(number: number): string {
  return `life ${number}`
}

export function lifeOfProcess(pid: number): string {
  return `process ${pid}`
}

/** What was delivered twice in one life, but for the lives that are excused: its answers were heard. */
export function madeTwice(copies: Copies, excused: ReadonlySet<string>): string[] {
  const again = (lives: readonly string[]) => lives.some((life, i) => !excused.has(life) && lives.indexOf(life) !== i)
  return [...copies].filter(([, lives]) => again(lives)).map(([key]) => key)
}
