// SPDX-License-Identifier: Apache-2.0
/**
 * rspamd's Bayes with a Redis of its own, both on loopback for the time of one task. Its minimum of 200 + 200 messages
 * is taken away, name servers and everything that asks them are switched off; the rest is as Debian ships it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Filter } from './accuracy-peers.ts'

/** Modules that ask the network, or keep state beside Bayes. */
const off = [
  'rbl',
  'surbl',
  'emails',
  'spf',
  'dkim',
  'dmarc',
  'arc',
  'asn',
  'fuzzy_check',
  'greylist',
  'ratelimit',
  'replies',
  'reputation',
  'neural',
  'history_redis',
  'mx_check',
  'phishing',
  'url_redirector',
  'milter_headers',
  'hfilter',
]

export async function openRspamd(home: string): Promise<Filter> {
  const [redisPort = 0, scanPort = 0, controlPort = 0] = await freePorts(3)
  writeConfig(home, redisPort, scanPort, controlPort)
  const redis = spawn(
    'redis-server',
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', home],
    { stdio: 'ignore' },
  )
  const vars = { LOCAL_CONFDIR: home, DBDIR: join(home, 'db'), RUNDIR: home, LOGDIR: home }
  const flags = Object.entries(vars).map(([name, value]) => `--var=${name}=${value}`)
  const rspamd = spawn('rspamd', ['-f', '-i', '-c', join(home, 'rspamd.conf'), ...flags], { stdio: 'ignore' })
  const close = async () => {
    await end(rspamd)
    await end(redis)
  }
  try {
    for (const port of [scanPort, controlPort]) await untilUp(`http://127.0.0.1:${port}/ping`)
  } catch (cause) {
    await close()
    throw cause
  }
  return {
    async learn(path, spam) {
      const url = `http://127.0.0.1:${controlPort}/${spam ? 'learnspam' : 'learnham'}`
      const { status } = await fetch(url, { method: 'POST', body: readFileSync(path) })
      // 204 and 208: it has learnt the message before, or is sure of it already and learns no more.
      if (![200, 204, 208].includes(status)) throw new Error(`rspamd answered ${status} to ${path}`)
    },
    async score(path) {
      // Only Bayes is asked for; the rest of the rules is not what is compared, and takes its time.
      const headers = { Settings: '{"symbols_enabled":["BAYES_SPAM","BAYES_HAM"]}' }
      const body = readFileSync(path)
      const answer = await fetch(`http://127.0.0.1:${scanPort}/checkv2`, { method: 'POST', headers, body })
      const { symbols = {} } = (await answer.json()) as { symbols?: Record<string, { score: number }> }
      return symbols['BAYES_SPAM']?.score ?? symbols['BAYES_HAM']?.score ?? 0
    },
    settle: async () => undefined,
    close,
  }
}

function writeConfig(home: string, redis: number, scan: number, control: number): void {
  mkdirSync(join(home, 'db'), { recursive: true })
  mkdirSync(join(home, 'local.d'), { recursive: true })
  for (const folder of [home, join(home, 'db')]) chmodSync(folder, 0o777)
  const put = (name: string, text: string) => writeFileSync(join(home, 'local.d', name), text)
  put('redis.conf', `servers = "127.0.0.1:${redis}";\n`)
  put('classifier-bayes.conf', 'min_learns = 0;\n')
  put('options.inc', 'dns { nameserver = ["127.0.0.1:9"]; timeout = 0.01s; retransmits = 1; }\nfilters = "regexp";\n')
  for (const name of off) put(`${name}.conf`, 'enabled = false;\n')
  writeFileSync(
    join(home, 'rspamd.conf'),
    `.include "$CONFDIR/common.conf"
options { pidfile = "${home}/rspamd.pid"; .include "$CONFDIR/options.inc" }
logging { type = "file"; filename = "${home}/rspamd.log"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:${scan}"; count = 1; }
worker "controller" { bind_socket = "127.0.0.1:${control}"; count = 1; secure_ip = "127.0.0.1"; }
`,
  )
}

/** Open at the same time, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  const ports: number[] = []
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening')
    const address = server.address()
    if (typeof address === 'object' && address !== null) ports.push(address.port)
  }
  for (const server of servers) server.close()
  return ports
}

async function untilUp(url: string): Promise<void> {
  for (let i = 0; i < 1200; i++) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    await sleep(50)
  }
  throw new Error(`nothing answers at ${url}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
