// SPDX-License-Identifier: Apache-2.0
/**
 * An SMTP server that takes every message and throws it away, in a process of its own: what the client can send at
 * most. As a program it prints its port and serves until it is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Peer } from './options.ts'

const endOfData = Buffer.from('\r\n.\r\n')

/** Answers one connection; a client that waits for each reply is all it understands. */
function serve(socket: Socket): void {
  let inData = false
  let tail = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.write('220 sink\r\n')
  socket.on('data', (chunk: Buffer) => {
    if (!inData) {
      inData = chunk.subarray(0, 4).toString('latin1').toUpperCase() === 'DATA'
      tail = Buffer.from('\r\n')
      socket.write(inData ? '354 go on\r\n' : '250 ok\r\n')
      return
    }
    const end = Buffer.concat([tail, chunk.subarray(-endOfData.length)]).subarray(-endOfData.length)
    tail = end
    if (!end.equals(endOfData)) return
    inData = false
    socket.write('250 gone\r\n')
  })
}

export interface Sink extends Disposable {
  readonly target: Peer
}

/** Starts this file as a program. */
export async function startSink(): Promise<Sink> {
  const child: ChildProcess = spawn(process.execPath, [import.meta.filename], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout === null || child.pid === undefined) throw new Error('the sink did not start')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const target = { name: 'sink', host: '127.0.0.1', port: Number(line), maildir: null, pids: [child.pid] }
  return { target, [Symbol.dispose]: () => void child.kill() }
}

if (import.meta.main) {
  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  process.stdout.write(`${typeof bound === 'object' && bound !== null ? bound.port : 0}\n`)
}
