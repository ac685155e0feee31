// SPDX-License-Identifier: Apache-2.0
/** A listener on loopback over a shelf in a temporary directory, with one account: user@example.org, "secret". */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { EpochMs } from '../../src/core/brand.ts'
import type { Clock } from '../../src/core/ports.ts'
import { type ListenImapOptions, listenImap } from '../../src/imap/listener.ts'
import type { Authenticate } from '../../src/imap/talk.ts'
import { openShelf, type Shelf } from '../../src/mailbox/shelf.ts'
import { makeCertificate, readCertificate } from '../../src/service/certificate.ts'
import { silentLog, silentMeter } from './silent.ts'

export const account = 'user@example.org'

export const wallClock: Clock = {
  now: () => Date.now() as EpochMs,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    }),
}

const authenticate: Authenticate = async ({ username, password }) => {
  if (username === 'busy') return { refused: 'throttled' }
  if (username === 'broken') return { refused: 'tempfail' }
  return username === account && password === 'secret' ? { account } : { refused: 'bad' }
}

export interface TestShelf extends AsyncDisposable {
  readonly root: string
  readonly maildir: string
  readonly shelf: Shelf
}

export async function aShelf(clock: Clock = wallClock): Promise<TestShelf> {
  const root = await mkdtemp(join(tmpdir(), 'postern-shelf-'))
  return {
    root,
    maildir: join(root, 'example.org', 'user', 'Maildir'),
    shelf: openShelf({ root, clock, log: silentLog }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

export interface TestServer extends TestShelf {
  readonly port: number
}

export async function anImapServer(options: Partial<ListenImapOptions> = {}): Promise<TestServer> {
  const box = await aShelf()
  const tls = options.tls ?? 'none'
  const files = { key: join(box.root, 'key.pem'), certificate: join(box.root, 'cert.pem') }
  if (tls !== 'none') await makeCertificate(files, 'localhost', Date.now())
  const secure = createSecureContext(tls === 'none' ? {} : readCertificate(files))
  const listener = await listenImap({
    address: '127.0.0.1',
    port: 0,
    tls,
    secureContext: () => secure,
    allowPlaintextAuth: true,
    authenticate,
    shelf: box.shelf,
    limits: {},
    clock: wallClock,
    log: silentLog,
    meter: silentMeter,
    ...options,
  })
  return {
    ...box,
    port: listener.port,
    async [Symbol.asyncDispose]() {
      await listener.close()
      await box[Symbol.asyncDispose]()
    },
  }
}
