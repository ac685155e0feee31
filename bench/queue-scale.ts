// SPDX-License-Identifier: Apache-2.0
/**
 * A long queue: node bench/queue-scale.ts [--messages 100000]. Fills a queue for a next hop that is down, then measures
 * how long the gateway takes until it greets, how much memory it has at most in its first seconds, and how much and how
 * soon `postern queue list` prints. Fails where a promise is broken.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { EpochMs, QueueId } from '../src/core/brand.ts'
import type { QueueEntry } from '../src/core/stores.ts'
import { parseRoute } from '../src/queue/route.ts'
import { Spool } from '../src/queue/spool.ts'
import { openStores } from '../src/store/open.ts'
import { anEntry, anEnvelope, aRecipient, LineLog } from '../test/support/custody.ts'
import { asDeployed } from './gateway.ts'
import { cpuSeconds, MemoryWatch } from './processes.ts'

const program = join(import.meta.dirname, '../src/main.ts')
const mib = 1024 * 1024
const promised = { startMs: 3_000, memoryMiB: 300 }
const pageSize = 500
const watchMs = 10_000

const settings = (smtpPort: number, deadPort: number) => `hostname = "gw.example.org"
data_dir = "data"
[[listeners]]
role = "mx"
address = "127.0.0.1:${smtpPort}"
tls = "none"
[domains."down.example"]
deliver = "smtp://127.0.0.1:${deadPort}"
mode = "queue"
recipients = "any"
`

/** A free port; nobody listens there. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

async function fill(data: string, messages: number, deadPort: number): Promise<void> {
  const log = new LineLog()
  await using stores = await openStores(`sqlite:${join(data, 'state.db')}`, {
    ...{ log, deadlineMs: 60_000, maxLosable: 100, greylistKeepMs: 1_000 },
  })
  await using spool = await Spool.open(join(data, 'spool'))
  const route = parseRoute(`smtp://127.0.0.1:${deadPort}`)
  if (route === null) throw new Error('no route')
  const now = Date.now()
  for (let from = 0; from < messages; from += pageSize) {
    const page = Array.from({ length: Math.min(pageSize, messages - from) }, async (_, i): Promise<QueueEntry> => {
      const n = from + i
      const body = `Subject: message ${n}\r\n\r\n${`line of message ${n}\r\n`.repeat(n % 200)}`
      const blob = await spool.put(Buffer.from(body), 'brief')
      const envelope = anEnvelope({ recipients: [aRecipient(`user${n}@down.example`)] })
      const times = { arrivedAt: (now - 1000) as EpochMs, due: now as EpochMs }
      const id = `Q${String(n).padStart(7, '0')}` as QueueId
      return anEntry(id, { blob: blob.id, sizeBytes: blob.size, envelope, route, ...times })
    })
    await stores.queue.add(await Promise.all(page))
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    const end = (greeted: boolean) => {
      socket.destroy()
      resolve(greeted)
    }
    socket.on('error', () => end(false))
    socket.on('data', () => end(true))
  })
}

/** The whole gateway, as an operator starts it. */
async function measureStart(config: string, port: number) {
  const began = performance.now()
  const server = spawn(process.execPath, [...asDeployed, program, 'serve', '--config', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    using memory = new MemoryWatch([server.pid ?? 0])
    while (!(await greets(port))) {
      if (server.exitCode !== null) throw new Error('the gateway ended')
      await wait(20)
    }
    const startMs = Math.round(performance.now() - began)
    const startCpuSeconds = cpuSeconds([server.pid ?? 0])
    await wait(watchMs)
    return { startMs, startCpuSeconds, memoryMiB: Math.round(memory.peak().pssBytes / mib) }
  } finally {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
  }
}

async function measureList(config: string) {
  const began = performance.now()
  const list = spawn(process.execPath, [program, 'queue', 'list', '--config', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  using memory = new MemoryWatch([list.pid ?? 0])
  let firstMs: number | null = null
  let lines = 0
  list.stdout.on('data', (chunk: Buffer) => {
    firstMs ??= Math.round(performance.now() - began)
    for (const byte of chunk) if (byte === 10) lines += 1
  })
  const peaks = setInterval(() => memory.peak(), 50)
  await once(list, 'close')
  clearInterval(peaks)
  return {
    firstMs,
    allMs: Math.round(performance.now() - began),
    lines,
    memoryMiB: Math.round(memory.peak().pssBytes / mib),
  }
}

const { values } = parseArgs({ options: { messages: { type: 'string', default: '100000' } } })
const messages = Number(values.messages)
const root = await mkdtemp(join(tmpdir(), 'postern-scale-'))
try {
  const [port, deadPort] = [await freePort(), await freePort()]
  const config = join(root, 'postern.toml')
  await writeFile(config, settings(port, deadPort))
  const empty = await measureStart(config, port)
  await fill(join(root, 'data'), messages, deadPort)
  const list = await measureList(config)
  const serve = await measureStart(config, port)
  process.stdout.write(`${JSON.stringify({ bench: 'queue-scale', messages, empty, serve, list, promised })}\n`)
  const kept = serve.startMs < promised.startMs && serve.memoryMiB < promised.memoryMiB && list.lines > messages
  process.exitCode = kept ? 0 : 1
} finally {
  await rm(root, { recursive: true, force: true })
}
