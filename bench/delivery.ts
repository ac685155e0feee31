// SPDX-License-Identifier: Apache-2.0
/**
 * What nodemailer costs the SMTP courier: the CPU time of handing a message to a next hop on loopback, through the
 * courier and by a bare client that writes the same commands in one go and reads the same replies.
 *
 *   node bench/delivery.ts [MESSAGES]     one line of JSON for each size, for people and programs
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { aJob, localRoute, someCouriers } from '../test/support/couriers.ts'

const never = new AbortController().signal
const sizes = [2_000, 50_000, 1_000_000]

/** Takes everything at once, pipelined or not. Knows nothing but where a message ends. */
function serve(socket: Socket): void {
  let input = ''
  let collecting = false
  socket.setNoDelay(true)
  socket.on('error', () => undefined).write('220 sink\r\n')
  socket.on('data', (chunk) => {
    input += chunk.toString('latin1')
    for (;;) {
      const mark = collecting ? '\r\n.\r\n' : '\r\n'
      const end = input.indexOf(mark)
      if (end < 0) {
        if (collecting) input = input.slice(-4)
        return
      }
      const verb = input.slice(0, 4).toUpperCase()
      input = input.slice(end + mark.length)
      if (collecting) collecting = false
      else if (verb === 'DATA') collecting = true
      const hello = '250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE\r\n250 DSN\r\n'
      socket.write(verb === 'EHLO' ? hello : collecting ? '354 go\r\n' : '250 2.0.0 ok\r\n')
    }
  })
}

async function aSinkProcess(): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, [import.meta.filename, '--sink'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, port: Number(line) }
}

/** The least that a client can do: no checks, no deadlines, no record of replies. */
async function bareClient(port: number): Promise<{ send(message: Buffer): Promise<void>; close(): void }> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  let replies = 0
  let wanted = 1
  let arrived: () => void = () => undefined
  socket.on('data', (chunk) => {
    for (const byte of chunk) if (byte === 10) replies += 1
    if (replies >= wanted) arrived()
  })
  const expect = (lines: number) =>
    new Promise<void>((resolve) => {
      wanted = lines
      replies = 0
      arrived = resolve
    })
  await expect(1)
  socket.write('EHLO bench\r\n')
  await expect(5)
  return {
    async send(message) {
      const envelope = `MAIL FROM:<sender@example.net> SIZE=${message.length} BODY=8BITMIME\r\nRCPT TO:<user@example.org>\r\nDATA\r\n`
      socket.write(envelope)
      await expect(3)
      socket.write(message)
      socket.write('.\r\n')
      await expect(1)
    },
    close: () => socket.destroy(),
  }
}

async function cpuMsPerMessage(number: number, send: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < Math.min(number, 100); i++) await send()
  const before = process.cpuUsage()
  for (let i = 0; i < number; i++) await send()
  const { user, system } = process.cpuUsage(before)
  return Math.round((user + system) / number) / 1000
}

async function measure(number: number): Promise<void> {
  const { child, port } = await aSinkProcess()
  await using couriers = someCouriers({ maxUses: Number.POSITIVE_INFINITY })
  const bare = await bareClient(port)
  for (const size of sizes) {
    const line = 'a line of text in a message, as long as they are\r\n'
    const message = Buffer.from(`Subject: bench\r\n\r\n${line.repeat(Math.ceil(size / line.length))}`)
    const job = await aJob(message)
    const route = localRoute('smtp', port)
    const times = Math.max(20, Math.round(size > 100_000 ? number / 20 : number))
    const courier = await cpuMsPerMessage(times, () => couriers.deliver(job, route, never))
    const client = await cpuMsPerMessage(times, () => bare.send(message))
    console.log(
      JSON.stringify({ sizeBytes: message.length, messages: times, courierCpuMs: courier, bareCpuMs: client }),
    )
  }
  bare.close()
  child.kill()
}

if (process.argv[2] === '--sink') {
  const server = createServer(serve).listen(0, '127.0.0.1', () => {
    const address = server.address()
    console.log(typeof address === 'object' ? address?.port : 0)
  })
} else await measure(Number(process.argv[2] ?? 1000))
