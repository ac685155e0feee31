// SPDX-License-Identifier: Apache-2.0
/** One line of the history: what came, what became of it, and everything that was known when it was decided. */
import type { TraceLine } from '../core/ruling.ts'
import type { PricedEvidence } from '../core/verdict.ts'

export interface HistoryRecord {
  /** ISO 8601, UTC. */
  readonly at: string
  /** The id in Received, in the log and in the reply. */
  readonly id: string
  readonly way: 'inbound' | 'submission'
  readonly client: string
  /** The client's confirmed name. */
  readonly clientName: string | null
  readonly helo: string | null
  /** Who had logged in. */
  readonly user: string | null
  /** Empty: the null reverse-path. */
  readonly from: string
  readonly to: readonly string[]
  /** Null: refused before there was a message. */
  readonly bytes: number | null
  /** accept, mark, junk, quarantine, discard, defer or reject. */
  readonly action: string
  readonly score: number | null
  /** What decided: score, policy, restriction, list, … */
  readonly by: string
  readonly reply: string
  readonly evidence: readonly HistoryEvidence[]
  readonly trace: readonly TraceLine[]
  /** What could not be examined. */
  readonly incomplete: readonly string[]
}

export interface HistoryEvidence {
  readonly symbol: string
  readonly points: number
  readonly details: readonly string[]
  readonly source: string
}

/** What strangers may make long has an end here: addresses, facts, lines of trace, and each text. */
const ceilings = { to: 100, evidence: 200, details: 10, trace: 300, text: 300 } as const

/** The record with every list and text cut to its ceiling. */
export function bounded(record: HistoryRecord): HistoryRecord {
  return {
    ...record,
    helo: record.helo === null ? null : cut(record.helo),
    from: cut(record.from),
    to: record.to.slice(0, ceilings.to).map(cut),
    reply: cut(record.reply),
    evidence: record.evidence
      .slice(0, ceilings.evidence)
      .map((one) => ({ ...one, details: one.details.slice(0, ceilings.details).map(cut) })),
    trace: record.trace.slice(0, ceilings.trace).map((line) => ({ ...line, because: cut(line.because) })),
    incomplete: record.incomplete.slice(0, ceilings.details).map(cut),
  }
}

function cut(text: string): string {
  return text.length <= ceilings.text ? text : `${text.slice(0, ceilings.text)}…`
}

export function historyEvidence(priced: readonly PricedEvidence[]): HistoryEvidence[] {
  return priced.map(({ evidence, points, source }) => ({
    symbol: evidence.symbol,
    points,
    details: evidence.details,
    source,
  }))
}

/** The record of one line; null where a crash tore it or somebody else wrote it. */
export function parseRecord(line: string): HistoryRecord | null {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is HistoryRecord {
  if (typeof value !== 'object' || value === null) return false
  const texts = ['at', 'id', 'client', 'from', 'action', 'reply'].map((key) => Reflect.get(value, key))
  const lists = ['to', 'evidence', 'trace', 'incomplete'].map((key) => Reflect.get(value, key))
  return texts.every((text) => typeof text === 'string') && lists.every(Array.isArray)
}
