// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { openMailStores } from '../app/mail-stores.ts'
import { printAddress } from '../core/address.ts'
import type { QueueId } from '../core/brand.ts'
import { UserError } from '../core/failure.ts'
import { destinationOf, type QueueEntry } from '../core/stores.ts'
import type { Queue } from '../queue/queue.ts'
import { type Io, printJson, Table } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

const pageSize = 500

type Change = (queue: Queue, id: QueueId | null) => Promise<number>

/** Each takes an id, or "all". A running gateway acts on the change within seconds. */
const changes: readonly (readonly [string, string, Change])[] = [
  ['retry', 'try now instead of when it is due', (queue, id) => queue.retry(id)],
  ['hold', 'leave alone until it is released', (queue, id) => queue.hold(id)],
  ['release', 'let what was held go on', (queue, id) => queue.release(id)],
]

export function addQueue(queue: Command, io: Io): void {
  withCommon(queue.command('list').description('what waits, for whom, since when, and why')).action(
    (options: CommonOptions) => list(options, io),
  )
  withCommon(queue.command('show <id>').description('one message: envelope, tries, and its header')).action(
    (id: string, options: CommonOptions) => show(id as QueueId, options, io),
  )
  withCommon(queue.command('flush').description('try everything now that waits')).action((options: CommonOptions) =>
    apply('all', (all, id) => all.retry(id), options, io),
  )
  for (const [name, description, change] of changes) {
    withCommon(queue.command(`${name} <id>`).description(`${description}; "all" for every message`)).action(
      (id: string, options: CommonOptions) => apply(id, change, options, io),
    )
  }
  withCommon(
    queue
      .command('requeue <id>')
      .description('send it where the settings say now, and try at once; "all" for every message'),
  ).action((id: string, options: CommonOptions) => requeue(id, options, io))
  withCommon(queue.command('delete <id>').description('forget a message without telling its sender')).action(
    (id: string, options: CommonOptions) => remove(id as QueueId, options, io),
  )
}

async function list(options: CommonOptions, io: Io): Promise<void> {
  await using stores = await openMailStores(chooseConfig(options).loaded)
  const table = new Table(io, ['id', 'bytes', 'arrived', 'tries', 'state', 'from', 'to', 'next hop', 'last answer'])
  let page: readonly QueueEntry[] = []
  do {
    page = await stores.queue.list(pageSize, page.at(-1)?.id)
    if (options.json === true) for (const entry of page) printJson(io, describe(entry))
    else table.print(page.map(rowOf))
  } while (page.length === pageSize)
}

async function show(id: QueueId, options: CommonOptions, io: Io): Promise<void> {
  await using stores = await openMailStores(chooseConfig(options).loaded)
  const entry = await stores.queue.get(id)
  if (entry === null) throw unknown(id)
  printJson(io, describe(entry))
  const blob = await stores.queue.content(entry)
  if (blob !== null && options.json !== true) io.out(`\n${headerOf(await blob.bytes())}\n`)
}

async function apply(id: string, change: Change, options: CommonOptions, io: Io): Promise<void> {
  await using stores = await openMailStores(chooseConfig(options).loaded)
  const changed = await change(stores.queue, id === 'all' ? null : (id as QueueId))
  if (changed === 0 && id !== 'all') throw unknown(id)
  if (options.json === true) printJson(io, { changed })
  else io.out(`${changed} ${changed === 1 ? 'message' : 'messages'}\n`)
}

async function requeue(id: string, options: CommonOptions, io: Io): Promise<void> {
  await using stores = await openMailStores(chooseConfig(options).loaded)
  let changed = 0
  if (id !== 'all') {
    if (!(await stores.requeue(id as QueueId))) throw unknown(id)
    changed = 1
  } else {
    // The parts of a message that was split sort behind it: the list is taken before anything is changed.
    for (const one of await everyId(stores.queue)) if (await stores.requeue(one)) changed += 1
  }
  if (options.json === true) printJson(io, { changed })
  else io.out(`${changed} ${changed === 1 ? 'message' : 'messages'}\n`)
}

async function everyId(queue: Queue): Promise<QueueId[]> {
  const ids: QueueId[] = []
  let page: readonly QueueEntry[] = []
  do {
    page = await queue.list(pageSize, page.at(-1)?.id)
    ids.push(...page.map(({ id }) => id))
  } while (page.length === pageSize)
  return ids
}

async function remove(id: QueueId, options: CommonOptions, io: Io): Promise<void> {
  await using stores = await openMailStores(chooseConfig(options).loaded)
  if (!(await stores.queue.delete(id))) throw unknown(id)
  if (options.json === true) printJson(io, { deleted: id })
  else io.out(`deleted ${id}\n`)
}

function describe(entry: QueueEntry) {
  const { id, sizeBytes, envelope, arrivedAt, due, attempts, lastReply, held } = entry
  const to = envelope.recipients.map((r) => printAddress(r.address))
  const times = { arrived: new Date(arrivedAt), due: new Date(due) }
  return {
    id,
    sizeBytes,
    ...times,
    attempts,
    held,
    from: printAddress(envelope.reversePath),
    to,
    nextHop: destinationOf(entry.route),
    lastReply,
  }
}

function rowOf(entry: QueueEntry): (string | number)[] {
  const { id, sizeBytes, arrived, attempts, held, from, to, nextHop, lastReply } = describe(entry)
  const state = held ? 'held' : 'waiting'
  return [
    id,
    sizeBytes,
    arrived.toISOString().slice(0, 19),
    attempts,
    state,
    `<${from}>`,
    to.join(','),
    nextHop,
    lastReply ?? '',
  ]
}

export function headerOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8')
  const end = text.indexOf('\r\n\r\n')
  return (end < 0 ? text : text.slice(0, end)).replace(/[^\x20-\x7e\r\n\t\u0080-\u{10ffff}]/gu, '?')
}

function unknown(id: string): UserError {
  return new UserError(66, [{ file: 'postern queue', line: 0, text: `no message ${id}`, hint: null }])
}
