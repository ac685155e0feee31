// SPDX-License-Identifier: Apache-2.0
/** One question to one name server: a datagram from a fresh port, a TCP connection where it does not fit (RFC 7766). */
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'

export interface Server {
  readonly host: string
  readonly port: number
  /** Nobody can change an answer between it and us. */
  readonly isLoopback: boolean
}

/** "192.0.2.53", "192.0.2.53:5353", "2001:db8::53" or "[2001:db8::53]:5353"; null for anything else. */
export function parseServer(text: string): Server | null {
  const bracketed = /^\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?$/.exec(text)
  const plain = /^([0-9.]+)(?::([0-9]{1,5}))?$/.exec(text)
  const [, host, port] = bracketed ?? plain ?? (isIPv6(text) ? ['', text] : [])
  if (host === undefined) return null
  return { host, port: port === undefined ? 53 : Number(port), isLoopback: host === '::1' || host.startsWith('127.') }
}

/** Undefined while a message says nothing to us. */
export type Take<T> = (message: Buffer) => T | undefined

/**
 * Sends a datagram and waits for one from the same server that take() accepts; others are passed over, for anybody can
 * send them. Rejects when the socket fails or time is over.
 */
export function askOverUdp<T>(server: Server, question: Buffer, timeoutMs: number, take: Take<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4')
  const timer = setTimeout(() => reject(new Error('timeout')), timeoutMs)
  socket.on('error', reject)
  socket.on('message', (message) => {
    const taken = take(message)
    if (taken !== undefined) resolve(taken)
  })
  socket.connect(server.port, server.host, () => socket.send(question))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.close()
  })
}

/** The same over TCP: the first message is the answer. */
export function askOverTcp<T>(server: Server, question: Buffer, timeoutMs: number, take: Take<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const socket = connect(server.port, server.host)
  const timer = setTimeout(() => reject(new Error('timeout')), timeoutMs)
  let heard: Buffer = Buffer.alloc(0)
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('closed')))
  socket.on('connect', () => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(question.length)
    socket.write(Buffer.concat([length, question]))
  })
  socket.on('data', (chunk) => {
    heard = Buffer.concat([heard, chunk])
    if (heard.length < 2 || heard.length < 2 + heard.readUInt16BE(0)) return
    const taken = take(heard.subarray(2, 2 + heard.readUInt16BE(0)))
    if (taken === undefined) reject(new Error('garbage'))
    else resolve(taken)
  })
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}
