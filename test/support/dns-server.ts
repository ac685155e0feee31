// SPDX-License-Identifier: Apache-2.0
/** Serves a zone written as text over DNS on loopback, UDP and TCP (RFC 1035 §4), so that real clients can ask it. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket as TcpSocket } from 'node:net'
import { parseIp } from '../../src/kit/cidr.ts'
import { parseZone, type RecordType, type Zone, type ZoneRecord, type ZoneSoa } from './zone.ts'

export interface DnsServer extends AsyncDisposable {
  /** "127.0.0.1:port", as a resolver's list of servers wants it. */
  readonly address: string
  readonly port: number
  /** "TYPE name" of each question that came over the wire, in order. */
  readonly questions: readonly string[]
}

const numbers: Readonly<Record<RecordType, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
}
/** RFC 1035 §2.3.4: more does not fit a datagram, so the client asks again over TCP. */
const maxDatagram = 512
/** The AD bit: asked for in a question, given in an answer (RFC 6840 §5.7, §5.8). */
const ad = 0x0020

export async function serveZone(
  from: string | Zone,
  address = '127.0.0.1',
  port = 0,
  /** Says of every answer that it has been validated. */
  validates = false,
): Promise<DnsServer> {
  const zone = typeof from === 'string' ? parseZone(from) : from
  const questions: string[] = []
  const { tcp, udp } = await listen(address, port)
  udp.on('message', (query, peer) => {
    const reply = answer(zone, query, questions, maxDatagram, validates)
    if (reply !== null) udp.send(reply, peer.port, peer.address)
  })
  const open = new Set<TcpSocket>()
  tcp.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      const reply = answer(zone, chunk.subarray(2), questions, 65_535, validates)
      if (reply !== null) socket.end(Buffer.concat([uint16(reply.length), reply]))
    })
  })
  const bound = udp.address().port
  return {
    address: `${address}:${bound}`,
    port: bound,
    questions,
    async [Symbol.asyncDispose]() {
      const closed = [once(udp, 'close'), once(tcp, 'close')]
      udp.close()
      tcp.close()
      for (const socket of open) socket.destroy()
      await Promise.all(closed)
    },
  }
}

/** The same port for both protocols; another one when UDP's is taken. */
async function listen(address: string, port: number): Promise<{ readonly tcp: Server; readonly udp: Socket }> {
  for (let tries = 0; ; tries++) {
    const tcp = createServer().listen(port, address)
    await once(tcp, 'listening')
    const bound = tcp.address()
    const udp = createSocket('udp4')
    try {
      udp.bind(typeof bound === 'object' && bound !== null ? bound.port : port, address)
      await once(udp, 'listening')
      return { tcp, udp }
    } catch (error) {
      tcp.close()
      if (tries > 5) throw error
    }
  }
}

/** null: silence. */
function answer(zone: Zone, query: Buffer, questions: string[], maxSize: number, validates: boolean): Buffer | null {
  if (query.length < 17) return null
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const question = query.subarray(12, at + 5)
  const type = Object.entries(numbers).find(([, number]) => number === query.readUInt16BE(at + 1))?.[0] as RecordType
  const name = labels.join('.')
  questions.push(`${type} ${name.toLowerCase()}`)
  const vouched = validates ? query.readUInt16BE(2) & ad : 0
  const header = (flags: number, answers: number, authorities = 0): Buffer =>
    Buffer.concat([query.subarray(0, 2), ...[flags | vouched, 1, answers, authorities, 0].map(uint16)])
  const no = (flags: number): Buffer =>
    zone.soa === undefined
      ? Buffer.concat([header(flags, 0), question])
      : Buffer.concat([header(flags, 0, 1), question, encodeSoa(zone.soa)])
  const found = type === undefined ? ({ kind: 'nodata' } as const) : zone.lookup(type, name)
  switch (found.kind) {
    case 'nxdomain':
      return no(0x8183)
    case 'nodata':
      return no(0x8180)
    case 'trouble':
      if (found.trouble === 'TIMEOUT') return null
      if (found.trouble === 'SERVFAIL') return Buffer.concat([header(0x8182, 0), question])
      // A lie: three answers are announced, and what follows is no record.
      return Buffer.concat([header(0x8180, 3), question, Buffer.from('c0ffffff', 'hex')])
    case 'found': {
      const whole = Buffer.concat([header(0x8180, found.records.length), question, ...found.records.map(encode)])
      return whole.length > maxSize ? Buffer.concat([header(0x8380, 0), question]) : whole
    }
  }
}

function encode(record: ZoneRecord): Buffer {
  return encodeRecord(record.name, numbers[record.type], record.ttl, dataOf(record))
}

function encodeSoa({ name, ttl, minimum }: ZoneSoa): Buffer {
  const numbersOf = [1, 7200, 900, 1_209_600, minimum].map(uint32)
  return encodeRecord(name, 6, ttl, Buffer.concat([nameBytes(name), nameBytes(name), ...numbersOf]))
}

function encodeRecord(name: string, type: number, ttl: number, data: Buffer): Buffer {
  return Buffer.concat([nameBytes(name), uint16(type), uint16(1), uint32(ttl), uint16(data.length), data])
}

function dataOf(record: ZoneRecord): Buffer {
  const [first = '', second = ''] = record.data
  switch (record.type) {
    case 'A':
    case 'AAAA': {
      const words = parseIp(first) ?? []
      return Buffer.concat(words.map((word) => Buffer.concat([uint16(word >>> 16), uint16(word & 0xffff)])))
    }
    case 'MX':
      return Buffer.concat([uint16(Number(first)), nameBytes(second)])
    case 'TXT':
      return Buffer.concat(
        record.data.map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')])),
      )
    default:
      return nameBytes(first)
  }
}

function nameBytes(name: string): Buffer {
  const labels = name.replace(/\.$/, '').split('.')
  const parts = labels.filter((label) => label !== '').map((label) => [Buffer.from([label.length]), Buffer.from(label)])
  return Buffer.concat([...parts.flat(), Buffer.from([0])])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function uint16(value: number): Buffer {
  return Buffer.from([(value >>> 8) & 255, value & 255])
}
