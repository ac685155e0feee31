// SPDX-License-Identifier: Apache-2.0
/** A whole gateway in this process, on free ports of loopback, with a zone written as text for its DNS. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountsOf } from '../../src/app/accounts.ts'
import { type Gateway, startGateway } from '../../src/app/gateway.ts'
import { openNetwork } from '../../src/app/network.ts'
import { dataPaths } from '../../src/app/paths.ts'
import { demoConfig } from '../../src/config/demo.ts'
import { type LoadedConfig, readConfig } from '../../src/config/load.ts'
import { createLogger } from '../../src/log/logger.ts'
import { maildirOf } from '../../src/mailbox/account-path.ts'
import { realClock, realIds } from '../../src/service/real-world.ts'
import { zoneResolver } from './zone-resolver.ts'

export interface TestGatewayOptions {
  /** TOML on top of the demo's; a `[restrictions]` table of its own replaces the demo's. */
  readonly config?: string
  /** Zone lines (zone.ts); null: the name servers of `dns.servers`. */
  readonly zone?: string | null
  readonly accounts?: readonly (readonly [address: string, password: string])[]
  /** Puts files into the data folder before the start. */
  readonly prepare?: (dataDir: string) => void
}

type Port = 'mx' | 'submission' | 'submissions' | 'imap' | 'imaps' | 'http'

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway
  readonly loaded: LoadedConfig
  readonly ports: Readonly<Record<Port, number>>
  /** What it logged, one JSON object a line. */
  readonly log: readonly string[]
  /** The messages of a folder ("INBOX", "Junk"), as they lie on disk. */
  messagesIn(account: string, folder: string): Promise<readonly string[]>
  /** The value of one metric with these labels; 0 where it was never counted. */
  metric(name: string, labels?: string): Promise<number>
}

/** Only 127.0.0.1 is ours: who comes from another loopback address is a stranger. */
const ownNetwork = 'mynetworks = ["127.0.0.1/32"]\n'

/** The demo's config on free ports, with more of it. A key of the top level stands before the first table. */
export function testConfig(dataDir: string, more = ''): LoadedConfig {
  const demo = demoConfig(dataDir, () => 0)
  const cut = more.search(/^\[/m)
  const keys = cut < 0 ? more : more.slice(0, cut)
  const tables = cut < 0 ? '' : more.slice(cut)
  const base = /^\[restrictions\]$/m.test(tables) ? demo.slice(0, demo.indexOf('[restrictions]')) : demo
  const networks = /^mynetworks/m.test(keys) ? '' : ownNetwork
  const { loaded, complaints } = readConfig(`${networks}${keys}\n${base}${tables}`, join(dataDir, 'postern.toml'))
  if (complaints.length > 0) throw new Error(complaints.map(({ line, text }) => `${line}: ${text}`).join('\n'))
  return loaded
}

export async function aGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const root = mkdtempSync(join(tmpdir(), 'postern-gateway-'))
  const loaded = testConfig(root, options.config)
  options.prepare?.(root)
  const log: string[] = []
  const zone = options.zone === null ? null : zoneResolver(options.zone ?? '')
  const gateway = await startGateway(loaded, {
    clock: realClock,
    ids: realIds(realClock),
    log: createLogger({ level: 'debug', format: 'json', write: (line) => void log.push(line), clock: realClock }),
    random: Math.random,
    openDns: (metrics) =>
      zone === null ? openNetwork(loaded, realClock, metrics) : { ...zone, forTransaction: () => zone },
  })
  const accounts = accountsOf(gateway.stores.accounts)
  for (const [address, password] of options.accounts ?? []) await accounts.add(address, password, [])
  const port = (role: string, tls: string) =>
    gateway.listeners.find((l) => l.role === role && l.tls === tls)?.port ?? Number.NaN
  return {
    gateway,
    loaded,
    ports: {
      mx: port('mx', 'starttls'),
      submission: port('submission', 'starttls'),
      submissions: port('submission', 'implicit'),
      imap: port('imap', 'starttls'),
      imaps: port('imap', 'implicit'),
      http: port('http', 'none'),
    },
    log,
    messagesIn: (account, folder) => readFolder(maildirOf(dataPaths(loaded).mail, account), folder),
    async metric(name, labels = '') {
      const page = await (await fetch(`http://127.0.0.1:${port('http', 'none')}/metrics`)).text()
      const line = page.split('\n').find((text) => text.startsWith(labels === '' ? `${name} ` : `${name}{${labels}} `))
      return Number(line?.split(' ').at(-1) ?? 0)
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function readFolder(maildir: string, folder: string): Promise<string[]> {
  const place = folder === 'INBOX' ? maildir : join(maildir, `.${folder}`)
  const messages: string[] = []
  for (const part of ['new', 'cur']) {
    const names = await readdir(join(place, part)).catch(() => [])
    for (const name of names.sort()) messages.push(readFileSync(join(place, part, name), 'latin1'))
  }
  return messages
}
