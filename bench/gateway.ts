// SPDX-License-Identifier: Apache-2.0
/** A Postern of the bench's own: a process like an operator's, in a temporary folder, on free ports of loopback. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type DnsServer, serveZone } from '../test/support/dns-server.ts'
import type { BenchOptions, Peer } from './options.ts'

export interface Gateway extends AsyncDisposable {
  readonly target: Peer
}

const program = resolve(import.meta.dirname, '../src/main.ts')
/** As in package.json and deploy/. */
export const asDeployed = ['--max-semi-space-size=8']
const startMs = 60_000
/** A gateway that has not stopped by then is killed. */
const stopMs = 15_000

/** Rejects with what the gateway wrote when it does not start. */
export async function startGateway(options: BenchOptions): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const dns = options.dns === null ? undo.use(await serveZone(zone(options), '127.0.0.1')) : null
  const port = await freePort()
  const config = join(folder, 'postern.toml')
  await writeFile(config, settings(options, port, dns))
  for (const to of options.to) await command(['user', 'add', to, '--config', config])
  const server = start(config, join(folder, 'log'), options.nodeFlags)
  undo.defer(() => stop(server))
  await listening(server, port, join(folder, 'log'))
  const target = {
    name: 'postern',
    host: '127.0.0.1',
    port,
    maildir: join(folder, 'data', 'mail'),
    pids: server.pid === undefined ? [] : [server.pid],
  }
  const kept = undo.move()
  return { target, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/**
 * Every examination runs and none of them decides, so that each message takes the whole way and ends in Maildir/new,
 * as it does in a peer that only delivers.
 */
function settings(options: BenchOptions, port: number, dns: DnsServer | null): string {
  const domains = new Set(options.to.map((to) => to.slice(to.lastIndexOf('@') + 1)))
  const lines = new Map<string, string>([
    ['hostname', '"mx.example.org"'],
    ['data_dir', '"data"'],
    ['mynetworks', options.trusted ? '["127.0.0.0/8"]' : '[]'],
    ['restrictions.helo', '["reject_invalid_helo_hostname"]'],
    ['restrictions.sender', '["reject_non_fqdn_sender"]'],
    ['restrictions.relay', '["reject_unauth_destination"]'],
    ['restrictions.recipient', '["reject_non_fqdn_recipient", "reject_unlisted_recipient"]'],
    ['score.junk', 'false'],
    ['score.quarantine', 'false'],
    ['score.reject', 'false'],
    ['smtp.client_connection_limit', '100000'],
    ['smtp.connection_limit', '100000'],
    ['msgauth.dmarc', '"score"'],
    ['dns.servers', `[${JSON.stringify(dns?.address ?? options.dns)}]`],
    ...options.settings,
  ])
  const listener = { role: 'mx', address: `127.0.0.1:${port}`, tls: 'none' }
  return `${[...lines].map(([key, value]) => `${key} = ${value}\n`).join('')}
[[listeners]]
${Object.entries(listener)
  .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
  .join('')}
${[...domains].map((domain) => `[domains.${JSON.stringify(domain)}]\ndeliver = "maildir:"\n`).join('\n')}`
}

/** What the bench's name server knows; every other name does not exist, and that holds for 300 seconds. */
function zone({ from, helo }: BenchOptions): string {
  const domain = from.slice(from.lastIndexOf('@') + 1)
  return [
    `${domain} SOA 300`,
    `${domain} MX 10 mail.${domain}`,
    `${domain} A 127.0.0.1`,
    `${domain} TXT "v=spf1 ip4:127.0.0.1 -all"`,
    `_dmarc.${domain} TXT "v=DMARC1; p=none"`,
    `mail.${domain} A 127.0.0.1`,
    `${helo} A 127.0.0.1`,
    `127.0.0.1 PTR ${helo}`,
  ].join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  server.close()
  await once(server, 'close')
  if (typeof bound !== 'object' || bound === null) throw new Error('no free port')
  return bound.port
}

async function command(args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [program, ...args])
}

function start(config: string, log: string, flags: readonly string[]): ChildProcess {
  const out = openSync(log, 'w', 0o600)
  return spawn(process.execPath, [...asDeployed, ...flags, program, 'serve', '--config', config], {
    stdio: ['ignore', out, out],
  })
}

async function listening(server: ChildProcess, port: number, log: string): Promise<void> {
  const until = performance.now() + startMs
  while (performance.now() < until && server.exitCode === null) {
    if (await answers(port)) return
    await wait(50)
  }
  throw new Error(`Postern did not start:\n${await readFile(log, 'utf8')}`)
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.on('error', () => done(false))
    socket.on('connect', () => {
      socket.destroy()
      done(true)
    })
  })
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  const timer = setTimeout(() => server.kill('SIGKILL'), stopMs)
  await ended
  clearTimeout(timer)
}
