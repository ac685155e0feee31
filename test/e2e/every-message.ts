// SPDX-License-Identifier: Apache-2.0
/**
 * Sends every message of a folder through the gateway of `npm start`, twenty connections at once, and says where each
 * of them is. Run as a program: node test/e2e/every-message.ts FOLDER [MOST]. Exits with 1 if anything does not add up.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readMessages } from '../../bench/messages.ts'
import { demoAccount, demoConfig } from '../../src/config/demo.ts'
import { compareCounts, countedActions, findAll, sendAll, settle } from '../support/account-for-all.ts'
import { serveZone } from '../support/dns-server.ts'

const [folder, most = '0'] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: node test/e2e/every-message.ts FOLDER [MOST]')
  process.exit(64)
}
const root = join(import.meta.dirname, '../..')
const work = mkdtempSync(join(tmpdir(), 'postern-every-message-'))
// No name of the corpus may be asked on a real network; and what comes from loopback is to be a stranger.
await using names = await serveZone('')
const config = join(work, 'postern.toml')
writeFileSync(
  config,
  `mynetworks = ["192.0.2.0/24"]\n${demoConfig('data')}[dns]\nservers = ["${names.address}"]\n[smtp]\nclient_connection_limit = 100\n`,
)
const program = (...words: string[]) =>
  spawn(process.execPath, [join(root, 'src/main.ts'), ...words, '--config', config], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
const user = program('user', 'add', demoAccount)
user.stdin.end('a-password-1\n')
await once(user, 'exit')
const gateway = program('serve')
const ended = once(gateway, 'exit')
const page = async (path: string) => (await fetch(`http://127.0.0.1:8080${path}`)).text()
for (let tries = 0; (await page('/readyz').catch(() => null)) === null; tries++) {
  if (tries === 100) throw new Error('the gateway does not start')
  await wait(200)
}

const messages = await readMessages(folder, Number(most))
const start = performance.now()
const codes = await sendAll(messages, {
  port: 2525,
  connections: 20,
  recipient: demoAccount,
  progress: (n) => n % 1000 === 0 && console.error(`${n} of ${messages.length}`),
})
const seconds = (performance.now() - start) / 1000
const counted = countedActions(await page('/metrics'))
gateway.kill('SIGTERM')
const [exitCode] = await ended
const { places, wrong } = settle(codes, await findAll(join(work, 'data')))
const differing = compareCounts(places, counted)
console.log(`${messages.length} messages in ${seconds.toFixed(1)} s: ${JSON.stringify(places)}`)
console.log(`metrics: ${JSON.stringify(Object.fromEntries(counted))}; the gateway ended with ${exitCode}`)
for (const sentence of [...wrong.slice(0, 20), ...differing]) console.log(sentence)
rmSync(work, { recursive: true })
const allAnswered = codes.filter((code) => code > 0).length === messages.length
process.exitCode = wrong.length + differing.length === 0 && exitCode === 0 && allAnswered ? 0 : 1
console.log(process.exitCode === 0 ? 'all accounted for' : 'DOES NOT ADD UP')
