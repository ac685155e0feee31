// SPDX-License-Identifier: Apache-2.0
/** A next hop that takes everything and keeps nothing: node bench/sink.ts prints its port. */
import { createServer, type Socket } from 'node:net'

const end = Buffer.from('\r\n.\r\n')
const greeting = '250-sink\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n'

function serve(socket: Socket): void {
  let rest = Buffer.alloc(0)
  let collecting = false
  const answer = (line: string): string => {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO') return greeting
    if (verb === 'QUIT') return '221 2.0.0 bye\r\n'
    if (verb !== 'DATA') return '250 2.0.0 ok\r\n'
    collecting = true
    return '354 go on\r\n'
  }
  const step = (): string | null => {
    const at = collecting ? rest.indexOf(end) : rest.indexOf('\r\n')
    if (at < 0) {
      // Of a message only what may be the beginning of its end is worth keeping.
      if (collecting) rest = rest.subarray(Math.max(0, rest.length - end.length + 1))
      return null
    }
    const line = collecting ? '' : rest.toString('latin1', 0, at)
    rest = rest.subarray(at + (collecting ? end.length : 2))
    if (!collecting) return answer(line)
    collecting = false
    return '250 2.0.0 taken\r\n'
  }
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let said = ''
    for (let reply = step(); reply !== null; reply = step()) said += reply
    if (said !== '') socket.write(said)
  })
  socket.write('220 sink ESMTP\r\n')
}

const server = createServer(serve).listen(0, '127.0.0.1', () => {
  const bound = server.address()
  process.stdout.write(`${typeof bound === 'object' ? bound?.port : ''}\n`)
})
