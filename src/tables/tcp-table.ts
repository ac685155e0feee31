// SPDX-License-Identifier: Apache-2.0
/** tcp tables (tcp_table(5)): a program answers "get KEY" with a code and a text, both percent-encoded, a line each. */
import { connect, type Socket } from 'node:net'
import { missing, type Table, type TableAnswer } from './table.ts'

/** Milliseconds for one question, connecting included: a client waits meanwhile. */
const questionMs = 10_000
/** Milliseconds after which an idle connection is closed. */
const idleMs = 60_000
/** Code units of an answer (tcp_table(5)). */
const maxAnswer = 4096

/** Questions are put one after the other over one connection, which is opened again when it was lost. */
export function tcpTable(spec: string, host: string, port: number): Table {
  let socket: Socket | null = null
  let turn: Promise<unknown> = Promise.resolve()
  const ask = async (key: string): Promise<TableAnswer> => {
    const request = `get ${encode(key)}\n`
    const open = (): Socket => {
      const fresh = connect({ host, port })
      fresh.on('error', () => undefined)
      fresh.setTimeout(idleMs, () => fresh.destroy())
      socket = fresh
      return fresh
    }
    try {
      const used = socket !== null && !socket.destroyed && socket.readable ? socket : null
      // A connection that was idle may have been closed meanwhile: once more over a new one.
      const line =
        used === null
          ? await exchange(open(), request)
          : await exchange(used, request).catch(() => exchange(open(), request))
      return parseAnswer(line, spec)
    } catch (error) {
      socket?.destroy()
      return { kind: 'failed', because: error instanceof Error ? error.message : String(error) }
    }
  }
  return {
    spec,
    wholeKeysOnly: true,
    find(key) {
      const answer = turn.then(() => ask(key))
      turn = answer
      return answer
    },
  }
}

async function exchange(socket: Socket, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  const read = (chunk: Buffer): void => {
    text += chunk.toString('latin1')
    const end = text.indexOf('\n')
    if (end >= 0) resolve(text.slice(0, end))
    else if (text.length > maxAnswer) reject(new Error('the answer does not end'))
  }
  const ended = (): void => reject(new Error('the connection was closed'))
  const timer = setTimeout(() => reject(new Error('no answer in time')), questionMs)
  socket.ref()
  socket.on('data', read).once('close', ended).once('end', ended).once('error', reject)
  socket.write(request)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.off('data', read).off('close', ended).off('end', ended).off('error', reject)
    // An idle connection keeps no process alive.
    socket.unref()
  }
}

function parseAnswer(line: string, spec: string): TableAnswer {
  const match = /^(\d{3}) ?(.*)$/s.exec(line)
  const text = decode(match?.[2] ?? '')
  if (match?.[1] === '200') return { kind: 'found', value: text, place: spec }
  if (match?.[1] === '500') return missing
  return { kind: 'failed', because: match === null ? 'the answer has no code' : `${match[1]} ${text}` }
}

function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) =>
      byte > 32 && byte < 127 && byte !== 37 ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('')
}

function decode(text: string): string {
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
