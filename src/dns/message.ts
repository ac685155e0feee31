// SPDX-License-Identifier: Apache-2.0
/** DNS messages (RFC 1035 §4): a question as bytes, and what an answer says. Every length in an answer is a stranger's. */
import type { MxRecord } from '../core/ports.ts'
import { printIp } from '../kit/cidr.ts'

/** What a record of each type looks like once read. */
export interface RecordOf {
  readonly A: string
  readonly AAAA: string
  readonly MX: MxRecord
  readonly NS: string
  readonly TXT: string
  readonly CNAME: string
  readonly PTR: string
}
export type QueryType = keyof RecordOf

const numbers: Readonly<Record<QueryType, number>> = { A: 1, NS: 2, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28 }
const cnameType = 5
const soaType = 6
const internet = 1

/** What is read of an answer with our id. Records are those of the type asked for, aliases followed. */
export interface Reply {
  /** RFC 1035 §4.1.1, without the extension of RFC 6891: 0 no error, 3 no such name. */
  readonly rcode: number
  readonly truncated: boolean
  /** AD (RFC 6840 §5.8): the server says that it has validated the answer. */
  readonly authentic: boolean
  readonly records: readonly unknown[]
  /** The least of all records on the way; without records how long that holds, null where no SOA tells it (RFC 2308 §5). */
  readonly ttlSeconds: number | null
}

/** Aliases that are followed in one answer. */
const maxAliases = 16
/** Records that are read of one answer; 64 kB hold no more than about 5,000. */
const maxRecords = 5000
/** UDP payload that we take (RFC 6891 §6.2.5): beyond 1232 octets fragments get lost. */
const udpPayload = 1232

/** The octets of a name; null where a label is empty or too long, or all of it is (RFC 1035 §2.3.4). */
function encodeName(name: string): Buffer | null {
  const labels = name.split('.').map((label) => Buffer.from(label, 'utf8'))
  if (labels.some((label) => label.length === 0 || label.length > 63)) return null
  const bytes = Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), label]), Buffer.from([0])])
  return bytes.length > 255 ? null : bytes
}

/**
 * A question with recursion wanted and AD set, which asks the server to say whether it validated (RFC 6840 §5.7).
 * @param extended whether an OPT record says that we take more than 512 octets (RFC 6891)
 * @returns null for a name that cannot be written in DNS
 */
export function encodeQuestion(id: number, type: QueryType, name: string, extended: boolean): Buffer | null {
  const written = encodeName(name)
  if (written === null) return null
  const head = Buffer.alloc(12)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(0x0120, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(extended ? 1 : 0, 10)
  const tail = Buffer.alloc(4)
  tail.writeUInt16BE(numbers[type], 0)
  tail.writeUInt16BE(internet, 2)
  const opt = Buffer.alloc(extended ? 11 : 0)
  if (extended) {
    opt.writeUInt16BE(41, 1)
    opt.writeUInt16BE(udpPayload, 3)
  }
  return Buffer.concat([head, written, tail, opt])
}

interface Read<T> {
  readonly value: T
  readonly end: number
}

/** A label as text: lower case, what is not printable or is a dot or a backslash as \DDD (RFC 1035 §5.1). */
function labelText(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  return /^[\x21-\x2d\x2f-\x5b\x5d-\x7e]*$/.test(text)
    ? text.toLowerCase()
    : text
        .toLowerCase()
        .replace(/[^\x21-\x2d\x2f-\x5b\x5d-\x7e]/g, (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`)
}

/** A name with its pointers followed (RFC 1035 §4.1.4), each only backwards, so that none leads in a circle. */
function readName(message: Buffer, start: number): Read<string> | null {
  const labels: string[] = []
  let octets = 0
  let at = start
  let end = -1
  for (let bound = start; ; ) {
    const length = message[at]
    if (length === undefined) return null
    if (length >= 0xc0) {
      const low = message[at + 1]
      if (low === undefined) return null
      const target = ((length & 0x3f) << 8) | low
      if (target >= bound) return null
      if (end < 0) end = at + 2
      at = target
      bound = target
      continue
    }
    if (length > 63 || at + 1 + length > message.length) return null
    if (length === 0) return { value: labels.join('.'), end: end < 0 ? at + 1 : end }
    octets += length + 1
    if (octets > 254) return null
    labels.push(labelText(message.subarray(at + 1, at + 1 + length)))
    at += 1 + length
  }
}

function readStrings(data: Buffer): string | null {
  let text = ''
  for (let at = 0; at < data.length; ) {
    const length = data[at] ?? 0
    if (at + 1 + length > data.length) return null
    text += data.toString('latin1', at + 1, at + 1 + length)
    at += 1 + length
  }
  return text
}

function readAddress(data: Buffer, octets: 4 | 16): string | null {
  if (data.length !== octets) return null
  return printIp(Array.from({ length: octets / 4 }, (_, i) => data.readUInt32BE(i * 4)))
}

/** The record's value; null where it is garbage. */
function readData(type: QueryType, message: Buffer, start: number, end: number): unknown {
  const data = message.subarray(start, end)
  switch (type) {
    case 'A':
      return readAddress(data, 4)
    case 'AAAA':
      return readAddress(data, 16)
    case 'TXT':
      return readStrings(data)
    case 'MX': {
      const exchange = data.length < 3 ? null : readName(message, start + 2)
      return exchange === null ? null : { preference: data.readUInt16BE(0), exchange: exchange.value }
    }
    default:
      return readName(message, start)?.value ?? null
  }
}

interface RawRecord {
  readonly name: string
  readonly type: number
  readonly ttl: number
  readonly start: number
  readonly end: number
}

/** The records of a section, and where the next one begins. */
function readRecords(message: Buffer, from: number, count: number): Read<RawRecord[]> | null {
  const records: RawRecord[] = []
  let at = from
  for (let i = 0; i < Math.min(count, maxRecords); i++) {
    const name = readName(message, at)
    if (name === null || name.end + 10 > message.length) return null
    const start = name.end + 10
    const end = start + message.readUInt16BE(name.end + 8)
    if (end > message.length) return null
    const kind = message.readUInt16BE(name.end + 2)
    // RFC 2181 §8: a TTL with the highest bit set counts as zero.
    const ttl = message.readInt32BE(name.end + 4)
    if (kind === internet) {
      records.push({ name: name.value, type: message.readUInt16BE(name.end), ttl: Math.max(0, ttl), start, end })
    }
    at = end
  }
  return { value: records, end: at }
}

/** How long a "no" holds, seconds: what its SOA in the authority section says (RFC 2308 §5); null where there is none. */
function negativeTtl(message: Buffer, from: number): number | null {
  const authority = readRecords(message, from, message.readUInt16BE(8))
  const soa = authority?.value.find((record) => record.type === soaType && record.end - record.start >= 20)
  // MINIMUM is the last of its numbers, and an unsigned one; a bound comes later.
  return soa === undefined ? null : Math.min(soa.ttl, message.readUInt32BE(soa.end - 4))
}

/** The records of the type at the end of the aliases, and the least TTL on the way. */
function follow(type: QueryType, asked: string, message: Buffer, all: readonly RawRecord[]) {
  const wanted = numbers[type]
  let name = asked
  let ttl = Number.POSITIVE_INFINITY
  for (let i = 0; i < maxAliases; i++) {
    const here = all.filter((record) => record.name === name)
    const found = here.filter((record) => record.type === wanted)
    if (found.length > 0) {
      const records = found.map((record) => readData(type, message, record.start, record.end))
      return { records, ttl: found.reduce((least, record) => Math.min(least, record.ttl), ttl) }
    }
    const alias = here.find((record) => record.type === cnameType)
    if (alias === undefined) break
    ttl = Math.min(ttl, alias.ttl)
    name = readName(message, alias.start)?.value ?? ''
  }
  return { records: [], ttl }
}

/** What an answer to our question says; null where it is no answer to it, or garbage. */
export function decodeReply(message: Buffer, id: number, type: QueryType, name: string): Reply | null {
  if (message.length < 12 || message.readUInt16BE(0) !== id) return null
  const flags = message.readUInt16BE(2)
  if ((flags & 0x8000) === 0) return null
  const rcode = flags & 0xf
  const question = readName(message, 12)
  // A server that could not read the question may leave it out (RFC 1035 §4.1.1, format error).
  if (rcode === 1) return { rcode, truncated: false, authentic: false, records: [], ttlSeconds: null }
  const asked = encodeName(name)
  if (question === null || asked === null || question.value !== readName(asked, 0)?.value) return null
  if (question.end + 4 > message.length || message.readUInt16BE(question.end) !== numbers[type]) return null
  const truncated = (flags & 0x0200) !== 0
  const start = question.end + 4
  const answers = truncated ? { value: [], end: start } : readRecords(message, start, message.readUInt16BE(6))
  if (answers === null) return null
  const { records, ttl } = follow(type, question.value, message, answers.value)
  if (records.includes(null)) return null
  const holds = records.length > 0 ? ttl : negativeTtl(message, answers.end)
  return {
    rcode,
    truncated,
    authentic: (flags & 0x0020) !== 0,
    records,
    ttlSeconds: holds === null ? null : Math.min(ttl, holds),
  }
}
