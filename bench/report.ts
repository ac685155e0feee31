// SPDX-License-Identifier: Apache-2.0
/** Rounds → figures for one server, and the table that sets them side by side. */
import type { Replay } from './replay.ts'

/** One round with one server. */
export interface Round {
  readonly replay: Replay
  /** Files that came into its Maildir; null: not counted. */
  readonly arrived: number | null
  /** From the first connect to the last file. */
  readonly endToEndSeconds: number
  readonly cpuSeconds: number | null
}

export interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export interface Figures {
  readonly name: string
  readonly rounds: number
  readonly messages: number
  readonly codes: Readonly<Record<string, number>>
  readonly arrived: number | null
  readonly acceptedPerSecond: number
  /** The same, with the time of the greetings taken off: they are waited for on each connection, not on each message. */
  readonly afterGreetingPerSecond: number
  readonly endToEndPerSecond: number | null
  readonly replyMs: Quantiles
  /** Before the 220 of each connection; part of the time of the rates above. */
  readonly bannerMs: Quantiles
  readonly cpuSecondsPer1000: number | null
  readonly clientCpuSecondsPer1000: number
  readonly memoryMiB: number | null
  readonly highWaterMiB: number | null
}

export interface Peak {
  readonly pssBytes: number
  readonly highWaterBytes: number
}

export function summarize(name: string, rounds: readonly Round[], peak: Peak | null): Figures {
  const replays = rounds.map((round) => round.replay)
  const messages = sum(replays.map((r) => r.messages))
  const codes: Record<string, number> = {}
  for (const [code, count] of replays.flatMap((r) => Object.entries(r.codes))) codes[code] = (codes[code] ?? 0) + count
  const arrived = sumIfKnown(rounds.map((round) => round.arrived))
  const cpu = sumIfKnown(rounds.map((round) => round.cpuSeconds))
  return {
    name,
    rounds: rounds.length,
    messages,
    codes,
    arrived,
    acceptedPerSecond: round(sum(replays.map((r) => r.accepted)) / sum(replays.map((r) => r.seconds))),
    afterGreetingPerSecond: round(sum(replays.map((r) => r.accepted)) / sum(replays.map(secondsAfterGreeting))),
    endToEndPerSecond: arrived === null ? null : round(arrived / sum(rounds.map((r) => r.endToEndSeconds))),
    replyMs: quantiles(replays.flatMap((r) => r.replyMs)),
    bannerMs: quantiles(replays.flatMap((r) => r.bannerMs)),
    cpuSecondsPer1000: cpu === null ? null : round((cpu / messages) * 1000),
    clientCpuSecondsPer1000: round((sum(replays.map((r) => r.clientSeconds)) / messages) * 1000),
    memoryMiB: peak === null ? null : round(peak.pssBytes / 2 ** 20),
    highWaterMiB: peak === null ? null : round(peak.highWaterBytes / 2 ** 20),
  }
}

/** Each lane spends the same share of its time on greetings, nearly. */
function secondsAfterGreeting({ seconds, bannerMs, lanes }: Replay): number {
  return Math.max(0.001, seconds - sum(bannerMs) / 1000 / lanes)
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function sumIfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length < values.length ? null : sum(known)
}

/** Two digits behind the point. */
function round(value: number): number {
  return Math.round(value * 100) / 100
}

const rows: readonly (readonly [string, (figures: Figures) => number | null])[] = [
  ['accepted, messages/s', (f) => f.acceptedPerSecond],
  ['accepted after greeting, messages/s', (f) => f.afterGreetingPerSecond],
  ['end to end, messages/s', (f) => f.endToEndPerSecond],
  ['reply p50, ms', (f) => f.replyMs.p50],
  ['reply p95, ms', (f) => f.replyMs.p95],
  ['reply p99, ms', (f) => f.replyMs.p99],
  ['greeting p50, ms', (f) => f.bannerMs.p50],
  ['greeting p99, ms', (f) => f.bannerMs.p99],
  ['CPU s per 1,000 messages', (f) => f.cpuSecondsPer1000],
  ["client's CPU s per 1,000 messages", (f) => f.clientCpuSecondsPer1000],
  ['peak memory, MiB (PSS)', (f) => f.memoryMiB],
  ['peak memory, MiB (VmHWM)', (f) => f.highWaterMiB],
]

/** One column a server; with several, the first one's figures divided by each other's. */
export function printTable(all: readonly Figures[]): string {
  const [first, ...others] = all
  if (first === undefined) return ''
  const head = ['', ...all.map((f) => f.name), ...others.map((f) => `${first.name} / ${f.name}`)]
  const body = rows.map(([label, of]) => [
    label,
    ...all.map((f) => printed(of(f))),
    ...others.map((f) => ratio(of(first), of(f))),
  ])
  const counts = ['replies', ...all.map((f) => printCodes(f.codes)), ...others.map(() => '')]
  const arrived = ['files in Maildir/new', ...all.map((f) => printed(f.arrived)), ...others.map(() => '')]
  return align([head, ...body, counts, arrived])
}

function printed(value: number | null): string {
  return value === null ? '-' : String(value)
}

function ratio(ours: number | null, theirs: number | null): string {
  return ours === null || theirs === null || theirs === 0 ? '-' : (ours / theirs).toFixed(2)
}

function printCodes(codes: Readonly<Record<string, number>>): string {
  return Object.entries(codes)
    .map(([code, count]) => `${code}×${count}`)
    .join(' ')
}

function align(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? []
  return cells
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))))
    .map((row) => `${row.join('  ').trimEnd()}\n`)
    .join('')
}
