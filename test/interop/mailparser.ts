// SPDX-License-Identifier: Apache-2.0
/**
 * Our reading of messages beside mailparser's: `node test/interop/mailparser.ts FOLDER [MAX]`. Field names, Subject,
 * addresses, the tree of parts, decoded texts, names, types, sizes and digests of all other parts. Each difference must
 * have a reason that stands in docs/internals/mailparser-differences.md; those without one are printed, and fail it.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseMailboxes } from '../../src/message/addresses.ts'
import { type ReferencePart, readReference } from '../../src/message/mailparser.ts'
import { type Message, openMessage } from '../../src/message/open.ts'
import type { Part } from '../../src/message/structure.ts'
import { type Difference, reasonFor } from './mailparser-reasons.ts'
import { messagesIn } from './spamassassin.ts'

export interface Comparison {
  readonly messages: number
  /** Single things that were compared: a subject, an address field, a part. */
  readonly compared: number
  readonly byReason: ReadonlyMap<string, number>
  readonly unexplained: readonly string[]
}

export async function compareReadings(files: readonly string[]): Promise<Comparison> {
  const byReason = new Map<string, number>()
  const unexplained: string[] = []
  let compared = 0
  for (const file of files) {
    const found = await compareMessage(readFileSync(file))
    compared += found.compared
    for (const one of found.differences) {
      const reason = reasonFor(one)
      if (reason === null) unexplained.push(`${file}: ${one.what}\n  ${show(one.ours, one.theirs)}`)
      else byReason.set(reason, (byReason.get(reason) ?? 0) + 1)
    }
  }
  return { messages: files.length, compared, byReason, unexplained }
}

/** Where the two part, with a little of what stands before. */
function show(ours: unknown, theirs: unknown): string {
  const [a, b] = [JSON.stringify(ours) ?? '', JSON.stringify(theirs) ?? '']
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  const from = Math.max(0, at - 40)
  return `ours   ${a.slice(from, at + 160)}\n  theirs ${b.slice(from, at + 160)}`
}

interface Walk {
  readonly message: Message
  compared: number
  readonly differences: Difference[]
}

async function compareMessage(raw: Buffer): Promise<Walk> {
  const message = openMessage(raw)
  const walk: Walk = { message, compared: 0, differences: [] }
  const reference = await readReference(raw).catch((cause: unknown) => String(cause))
  if (typeof reference === 'string') {
    walk.differences.push({ what: 'reading', ours: '', theirs: reference, message, part: null, flowed: false })
    return walk
  }
  const { headers } = message
  const say = (what: Difference['what'], ours: unknown, theirs: unknown) => tell(walk, what, ours, theirs)
  say(
    'fields',
    headers.fields.map((field) => field.key),
    reference.fields,
  )
  say('subject', headers.all('subject').at(-1)?.decoded ?? '', reference.subject)
  for (const [name, theirs] of reference.addresses)
    say('addresses', parseMailboxes(headers.all(name).at(-1)?.value ?? ''), theirs)
  if (reference.root === null) say('tree', message.root.type, '')
  else comparePart(walk, message.root, reference.root)
  return walk
}

function tell(
  walk: Walk,
  what: Difference['what'],
  ours: unknown,
  theirs: unknown,
  part: Part | null = null,
  flowed = false,
) {
  walk.compared++
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return
  walk.differences.push({ what, ours, theirs, message: walk.message, part, flowed })
}

function comparePart(walk: Walk, ours: Part, theirs: ReferencePart): void {
  const say = (what: Difference['what'], a: unknown, b: unknown) => tell(walk, what, a, b, ours, theirs.isFlowed)
  say('type', ours.type, theirs.type)
  if (theirs.attachment !== null) {
    const { name, type, size, sha256 } = theirs.attachment
    say('name', ours.fileName ?? '', name)
    say('claimed type', ours.type, type)
    const bytes = ours.content(Number.MAX_SAFE_INTEGER)
    say('content', { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }, { size, sha256 })
    const isListed = walk.message.attachments.some(({ part }) => part === ours)
    say('listed', isListed, true)
  } else if (theirs.text !== null && theirs.children.length === 0) {
    say('text', ours.text.replace(/\r\n/g, '\n'), theirs.text)
  }
  if (ours.children.length === theirs.children.length)
    for (const [i, child] of ours.children.entries()) comparePart(walk, child, theirs.children[i] as ReferencePart)
  else say('tree', shapeOf(ours), shapeOf(theirs))
}

function shapeOf({
  type,
  children,
}: {
  readonly type: string
  readonly children: readonly { type: string }[]
}): string {
  return `${type}(${children.map((child) => child.type).join(',')})`
}

if (process.argv[1] === import.meta.filename) {
  const [folder = 'corpus', max = 'Infinity'] = process.argv.slice(2)
  const every = Number.parseFloat(max)
  const { messages, compared, byReason, unexplained } = await compareReadings(messagesIn(folder, every))
  for (const line of unexplained) console.log(line)
  for (const [reason, count] of [...byReason].sort((a, b) => b[1] - a[1]))
    console.log(`${String(count).padStart(7)}  ${reason}`)
  console.log(`${messages} messages, ${compared} comparisons, ${unexplained.length} differences without a reason`)
  if (unexplained.length > 0) process.exitCode = 1
}
