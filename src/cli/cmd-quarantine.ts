// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { openMailStores } from '../app/mail-stores.ts'
import { printAddress } from '../core/address.ts'
import type { QueueId } from '../core/brand.ts'
import { UserError } from '../core/failure.ts'
import type { QuarantineEntry } from '../core/stores.ts'
import { displayMessage, type MessageDisplay } from '../message/mailparser.ts'
import { headerOf } from './cmd-queue.ts'
import { type Io, printJson, printTable } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

export function addQuarantine(quarantine: Command, io: Io): void {
  withCommon(quarantine.command('list').description('what is held, from whom, for whom, and why')).action(
    (options: CommonOptions) => list(options, io),
  )
  withCommon(
    quarantine.command('show <id>').description('one message: its verdict, its header, and what a reader would see'),
  ).action((id: string, options: CommonOptions) => show(id as QueueId, options, io))
  withCommon(quarantine.command('release <id...>').description('deliver messages as they came')).action(
    (ids: string[], options: CommonOptions) => release(ids, options, io),
  )
  withCommon(quarantine.command('delete <id...>').description('delete messages')).action(
    (ids: string[], options: CommonOptions) => remove(ids, options, io),
  )
}

async function list(options: CommonOptions, io: Io): Promise<void> {
  await using stores = await openMailStores(chooseConfig(options).loaded)
  const rows: (string | number)[][] = []
  for await (const entry of stores.quarantine.list()) {
    const { id, held, score, from, to, because } = describe(entry)
    if (options.json === true) printJson(io, describe(entry))
    else rows.push([id, held.toISOString().slice(0, 19), score, `<${from}>`, to.join(','), because])
  }
  if (options.json !== true) printTable(io, ['id', 'held', 'score', 'from', 'to', 'because'], rows)
}

async function show(id: QueueId, options: CommonOptions, io: Io): Promise<void> {
  await using stores = await openMailStores(chooseConfig(options).loaded)
  const found = await stores.quarantine.show(id)
  if (found === null) throw unknown(id)
  printJson(io, { ...describe(found.entry), ...(JSON.parse(found.entry.evidence) as object) })
  if (found.blob === null || options.json === true) return
  const raw = await found.blob.bytes()
  io.out(`\n${headerOf(raw)}\n\n${printDisplay(await displayMessage(raw))}\n`)
}

/** Characters of text that are shown; the whole message can be released and read. */
const maxShown = 4000

/** What a mail program would show, without anything that a terminal would obey. */
function printDisplay({ from, to, subject, text, attachments }: MessageDisplay): string {
  const shown = text.length > maxShown ? `${text.slice(0, maxShown)}\n[...]` : text
  const files = attachments.map((one) => `attached: ${one.name || '(no name)'}, ${one.type}, ${one.sizeBytes} bytes`)
  return [`From: ${from}`, `To: ${to}`, `Subject: ${subject}`, '', ...shown.split('\n'), ...files]
    .map((line) => line.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, ' ').trimEnd())
    .join('\n')
}

async function release(ids: readonly string[], options: CommonOptions, io: Io): Promise<void> {
  await using stores = await openMailStores(chooseConfig(options).loaded)
  for (const id of ids) {
    const result = await stores.quarantine.release(id as QueueId)
    if (result.kind === 'not-here') throw unknown(id)
    if (result.kind === 'lost')
      throw new UserError(74, [{ file: id, line: 0, text: 'the message is missing from the spool', hint: null }])
    if (options.json === true) printJson(io, { released: id })
    else io.out(`released ${id}\n`)
  }
}

async function remove(ids: readonly string[], options: CommonOptions, io: Io): Promise<void> {
  await using stores = await openMailStores(chooseConfig(options).loaded)
  for (const id of ids) {
    if (!(await stores.quarantine.delete(id as QueueId))) throw unknown(id)
    if (options.json === true) printJson(io, { deleted: id })
    else io.out(`deleted ${id}\n`)
  }
}

function describe({ id, sizeBytes, envelope, heldAt, score, because }: QuarantineEntry) {
  const to = envelope.recipients.map((r) => printAddress(r.address))
  return { id, sizeBytes, held: new Date(heldAt), score, from: printAddress(envelope.reversePath), to, because }
}

function unknown(id: string): UserError {
  return new UserError(66, [{ file: 'postern quarantine', line: 0, text: `no message ${id}`, hint: null }])
}
