// SPDX-License-Identifier: Apache-2.0
/** What the demo has beyond a gateway: an account, and three lines that show how to use it. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoAccount } from '../config/demo.ts'
import type { LoadedConfig } from '../config/load.ts'
import { writeDurable } from '../kit/durable-file.ts'
import { accountsOf } from './accounts.ts'
import type { Gateway } from './gateway.ts'
import { dataPaths } from './paths.ts'

/** Bytes of randomness: sixteen characters. */
const passwordBytes = 12

/** Makes the demo's account where it is not there yet; the lines to print. */
export async function openDemo(loaded: LoadedConfig, gateway: Gateway): Promise<readonly string[]> {
  const password = await demoPassword(loaded, gateway)
  const portOf = (role: string, tls: string) =>
    gateway.listeners.find((l) => l.role === role && l.tls === tls)?.port ?? 0
  const mx = portOf('mx', 'starttls')
  const imaps = portOf('imap', 'implicit')
  const http = portOf('http', 'none')
  return [
    '',
    `Postern is running on loopback. Account: ${demoAccount}  password: ${password}`,
    `  send     swaks --server 127.0.0.1:${mx} --helo client.example.net --from friend@example.net --to ${demoAccount} --tls`,
    `  read     curl -k --user ${demoAccount}:${password} 'imaps://127.0.0.1:${imaps}/INBOX;MAILINDEX=1'`,
    `  metrics  curl http://127.0.0.1:${http}/metrics`,
    '',
  ]
}

/** The demo's password is kept beside its data, so that it is the same at the next start. */
async function demoPassword(loaded: LoadedConfig, gateway: Gateway): Promise<string> {
  const file = join(dataPaths(loaded).root, 'demo-password')
  const accounts = accountsOf(gateway.stores.accounts)
  const isNew = !existsSync(file)
  const password = isNew ? randomBytes(passwordBytes).toString('base64url') : readFileSync(file, 'utf8').trim()
  if (isNew) await writeDurable(`${file}.tmp`, file, Buffer.from(`${password}\n`), { mode: 0o600 })
  if (!(await accounts.add(demoAccount, password, []))) await accounts.setPassword(demoAccount, password)
  return password
}
