// SPDX-License-Identifier: Apache-2.0
import { type Command, InvalidArgumentError } from 'commander'
import { dataPaths } from '../app/paths.ts'
import { UserError } from '../core/failure.ts'
import { findHistory, type HistoryFilter, listHistory } from '../history/read.ts'
import type { HistoryRecord } from '../history/record.ts'
import { type Io, paint, printJson, printTable } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

type ListOptions = CommonOptions & HistoryFilter & { readonly limit: number }

const most = 100_000

export function addHistory(history: Command, io: Io): void {
  withCommon(history.command('list'))
    .description('the newest first')
    .option('--client <ip or name>', 'from this client')
    .option('--from <part>', 'part of the reverse-path')
    .option('--to <part>', 'part of a recipient')
    .option('--action <action>', 'accept, mark, junk, quarantine, discard, defer or reject')
    .option('--symbol <symbol>', 'where this was found')
    .option('--since <time>', 'not before this day or time (2026-01-31, 2026-01-31T12:00)', readTime)
    .option('--limit <n>', 'at most so many', readLimit, 50)
    .action((options: ListOptions) => list(options, io))
  withCommon(history.command('show <id>'))
    .description('everything that is known about one message; its id is in the reply, in Received and in the log')
    .action((id: string, options: CommonOptions) => show(id, options, io))
}

function readTime(text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('write 2026-01-31 or 2026-01-31T12:00')
  return time.toISOString()
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw new InvalidArgumentError(`a number from 1 to ${most}`)
  return limit
}

const folderOf = (options: CommonOptions): string => dataPaths(chooseConfig(options).loaded).history

async function list(options: ListOptions, io: Io): Promise<void> {
  const records = await listHistory(folderOf(options), options, options.limit)
  if (options.json === true) {
    for (const record of records) printJson(io, record)
    return
  }
  const head = ['time', 'id', 'client', 'from', 'to', 'action', 'score', 'by', 'reply']
  printTable(io, head, records.map(rowOf))
}

function rowOf(record: HistoryRecord): (string | number)[] {
  const { at, id, client, from, to, action, score, by, reply } = record
  const others = to.length > 1 ? ` +${to.length - 1}` : ''
  const first = [at.slice(0, 19), id, client, from === '' ? '<>' : from, `${to[0] ?? ''}${others}`]
  return [...first, action, score === null ? '' : score.toFixed(1), by, reply.slice(0, 60)]
}

async function show(id: string, options: CommonOptions, io: Io): Promise<void> {
  const records = await findHistory(folderOf(options), id)
  if (records.length === 0)
    throw new UserError(66, [
      { file: 'history', line: 0, text: `nothing is known of "${id}"`, hint: 'postern history list' },
    ])
  for (const record of records) {
    if (options.json === true) printJson(io, record)
    else print(record, io)
  }
}

const colours: Readonly<Record<string, 'red' | 'yellow' | 'green'>> = { reject: 'red', accept: 'green' }

function print(record: HistoryRecord, io: Io): void {
  const name = record.clientName === null ? '' : ` (${record.clientName})`
  const user = record.user === null ? '' : `, logged in as ${record.user}`
  const size = record.bytes === null ? '' : `, ${record.bytes} bytes`
  io.out(`${paint(io, 'bold', record.id)}  ${record.at}  ${record.way}${size}\n`)
  io.out(`client ${record.client}${name}, helo ${record.helo ?? 'none'}${user}\n`)
  io.out(`from <${record.from}>\nto ${record.to.map((to) => `<${to}>`).join(', ')}\n`)
  const score = record.score === null ? '' : `, score ${record.score.toFixed(1)}`
  const head = `${record.action} by ${record.by}${score}`
  io.out(`${paint(io, colours[record.action] ?? 'yellow', head)}: ${record.reply}\n`)
  const facts = record.evidence.map(({ symbol, points, details, source }) => [
    points,
    symbol,
    details.join('; '),
    source,
  ])
  if (facts.length > 0) printTable(io, ['points', 'symbol', 'seen', 'source'], facts)
  const trace = record.trace.map((line) => [line.stage, line.restriction, line.ruling, line.because])
  if (trace.length > 0) printTable(io, ['stage', 'restriction', 'ruling', 'because'], trace)
  for (const missing of record.incomplete) io.out(`incomplete: ${missing}\n`)
}
