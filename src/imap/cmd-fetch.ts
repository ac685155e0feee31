// SPDX-License-Identifier: Apache-2.0
import { parseFields } from '../mailbox/fields.ts'
import { seen } from '../mailbox/flags.ts'
import { parseMime } from '../mailbox/mime.ts'
import { setArgument } from './arguments.ts'
import { bodyStructure } from './body-structure.ts'
import { envelope } from './envelope.ts'
import { type FetchItem, type PlainItem, parseFetchItems } from './fetch-items.ts'
import { no, ok } from './refusal.ts'
import { binaryBytes, chosenFields, needsHeadOnly, sectionBytes } from './sections.ts'
import { type Command, type Talk, viewOf } from './talk.ts'
import { dateTime } from './writer.ts'

/** Messages whose headers are read at once; whole messages are held one at a time. */
const readTogether = 16

function isSmall(item: FetchItem): boolean {
  if (item.kind === 'plain') return item.name !== 'BODY' && item.name !== 'BODYSTRUCTURE'
  return item.kind === 'section' && needsHeadOnly(item.section)
}

/** RFC 3501 §6.4.5 */
export const fetch: Command = {
  name: 'FETCH',
  states: ['selected'],
  keepsNumbers: true,
  async run(talk, args) {
    args.space()
    const uids = setArgument(talk, args)
    args.space()
    const items = parseFetchItems(args)
    args.end()
    const wanted = talk.byUid ? withUid(items) : items
    const together = wanted.every(isSmall) ? readTogether : 1
    let gone = 0
    for (let at = 0; at < uids.length; at += together) {
      const some = uids.slice(at, at + together)
      for (const response of await Promise.all(some.map((uid) => fetchOne(talk, uid, wanted)))) {
        if (response === null) gone += 1
        else await talk.wire.write(response)
      }
    }
    if (gone > 0 && !talk.byUid) throw no('some of the messages are gone', 'EXPUNGEISSUED')
    return ok('done')
  },
}

/** UID FETCH says the UID even if not asked (RFC 3501 §6.4.8). */
function withUid(items: readonly FetchItem[]): readonly FetchItem[] {
  const has = items.some((item) => item.kind === 'plain' && item.name === 'UID')
  return has ? items : [{ kind: 'plain', name: 'UID' }, ...items]
}

/** One FETCH response; null where the message is gone. */
async function fetchOne(talk: Talk, uid: number, items: readonly FetchItem[]): Promise<Buffer | null> {
  const view = viewOf(talk)
  const before = view.folder.message(uid)
  if (before === undefined) return null
  const pieces: (string | Buffer)[] = [`* ${view.numberOf(uid)} FETCH (`]
  let asked = items
  const marks = !view.readOnly && items.some((item) => item.kind !== 'plain' && item.setsSeen)
  if (marks && (before.flags.system & seen) === 0) {
    await view.folder.setFlags([uid], 'add', { system: seen, keywords: [] }, view)
    const says = items.some((item) => item.kind === 'plain' && item.name === 'FLAGS')
    if (!says) asked = [...items, { kind: 'plain', name: 'FLAGS' }]
  }
  for (const [index, item] of asked.entries()) {
    const value = item.kind === 'plain' ? await plainValue(talk, uid, item.name) : await sectionValue(talk, uid, item)
    if (value === null) return null
    pieces.push(index === 0 ? '' : ' ', item.kind === 'plain' ? item.name : item.label, ' ', ...value)
  }
  pieces.push(')\r\n')
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)))
}

async function plainValue(talk: Talk, uid: number, name: PlainItem): Promise<string[] | null> {
  const { folder } = viewOf(talk)
  const { contents } = talk.deps.shelf
  switch (name) {
    case 'UID':
      return [String(uid)]
    case 'FLAGS': {
      const message = folder.message(uid)
      return message === undefined ? null : [`(${viewOf(talk).flagWords(message).join(' ')})`]
    }
    case 'INTERNALDATE': {
      const date = await contents.date(folder, uid)
      return date === null ? null : [dateTime(date)]
    }
    case 'RFC822.SIZE': {
      const size = await contents.size(folder, uid)
      return size === null ? null : [String(size)]
    }
    case 'ENVELOPE':
    case 'BODY':
    case 'BODYSTRUCTURE': {
      const text = await contents.note(folder, uid, name, () => described(talk, uid, name))
      return text === null ? null : [text]
    }
  }
}

async function described(talk: Talk, uid: number, name: 'ENVELOPE' | 'BODY' | 'BODYSTRUCTURE'): Promise<string | null> {
  const { folder } = viewOf(talk)
  const { contents } = talk.deps.shelf
  if (name === 'ENVELOPE') {
    const head = await contents.head(folder, uid)
    return head === null ? null : envelope(parseFields(head, 0, head.length))
  }
  const bytes = await contents.bytes(folder, uid)
  return bytes === null ? null : bodyStructure(bytes, parseMime(bytes), name === 'BODYSTRUCTURE')
}

type SectionItem = Exclude<FetchItem, { kind: 'plain' }>

/** The value as literal or NIL; null where the message is gone. */
async function sectionValue(talk: Talk, uid: number, item: SectionItem): Promise<(string | Buffer)[] | null> {
  const bytes = await wantedBytes(talk, uid, item)
  if (bytes === 'gone') return null
  if (bytes === null) return ['NIL']
  if (item.kind === 'binary.size') return [String(bytes.length)]
  const { partial } = item
  const cut = partial === null ? bytes : bytes.subarray(partial.offset, partial.offset + partial.length)
  // RFC 3516 §4.2.1: only a literal8 can hold NUL.
  if (item.kind === 'binary' && cut.includes(0)) return [`~{${cut.length}}\r\n`, cut]
  return [`{${cut.length}}\r\n`, withoutNul(cut)]
}

/** NUL cannot stand in a literal (RFC 3501 §9 CHAR8). */
function withoutNul(bytes: Buffer): Buffer {
  return bytes.includes(0) ? Buffer.from(bytes.map((byte) => (byte === 0 ? 0x80 : byte))) : bytes
}

async function wantedBytes(talk: Talk, uid: number, item: SectionItem): Promise<Buffer | null | 'gone'> {
  const { folder } = viewOf(talk)
  const { contents } = talk.deps.shelf
  if (item.kind === 'section' && needsHeadOnly(item.section)) {
    const head = await contents.head(folder, uid)
    if (head === null) return 'gone'
    return item.section.what === 'HEADER' ? head : chosenFields(head, item.section)
  }
  const bytes = await contents.bytes(folder, uid)
  if (bytes === null) return 'gone'
  if (item.section.path.length === 0 && item.section.what === '') return bytes
  const root = parseMime(bytes)
  if (item.kind === 'section') return sectionBytes(bytes, root, item.section)
  const decoded = binaryBytes(bytes, root, item.section)
  if (decoded === 'unknown') throw no('the encoding of this part is not known', 'UNKNOWN-CTE')
  return decoded
}
