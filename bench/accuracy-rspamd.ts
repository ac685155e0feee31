// SPDX-License-Identifier: Apache-2.0
/**
 * rspamd's Bayes with a Redis of its own, both on loopback. Its minimum of 200 + 200 messages
 * is taken away, name servers and everything that asks them are switched off; the rest is as Debian ships it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
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

/**
 * rspamd keeps the probability to itself where it lies near one half, and shows a rounded price elsewhere. This rule of
 * its own shows the number it has computed, so that its order of messages is judged and not the display.
 */
const rank = 'POSTERN_BAYES_RANK'
const rankRule = `
rspamd_config:register_symbol({
  name = '${rank}', type = 'postfilter', priority = 10,
  callback = function(task)
    local p = task:get_mempool():get_variable('bayes_prob', 'double')
    if p then task:insert_result('${rank}', 1.0, string.format('%.17g', p)) end
  end,
})
rspamd_config:set_metric_symbol({ name = '${rank}', score = 1.0, group = 'statistics' })
`

/** Of the settings the one that is no line of configuration: rspamd is also taught what it is sure of already. */
export const learnEverything = 'Learn-Type: bulk'

/** All it lets one set of how tokens are weighed; its defaults first. */
export function* rspamdSettings(): Generator<string[]> {
  for (const tokens of ['', 'min_tokens = 1;']) {
    for (const hits of ['', 'min_token_hits = 1;', 'min_token_hits = 3;']) {
      for (const deviation of ['', ...[0, 0.15, 0.3, 0.45].map((least) => `min_prob_strength = ${least};`)]) {
        const lines = [tokens, hits, deviation].filter((line) => line !== '')
        yield lines
        yield [...lines, learnEverything]
      }
    }
  }
}

interface Running {
  readonly lines: string
  readonly redisPort: number
  readonly scanPort: number
  readonly controlPort: number
  readonly stop: () => Promise<void>
}

/** rspamd needs most of a minute to start, so one goes through all tasks; its Redis is emptied before each. */
let running: Running | null = null

export async function stopRspamd(): Promise<void> {
  await running?.stop()
  running = null
}

export async function openRspamd(work: string, settings: readonly string[]): Promise<Filter> {
  const lines = settings.filter((line) => line !== learnEverything).join('\n')
  if (running?.lines !== lines) {
    await stopRspamd()
    running = await start(mkdtempSync(join(work, '.rspamd-')), lines)
  }
  const { redisPort, scanPort, controlPort } = running
  const emptied = spawnSync('redis-cli', ['-p', String(redisPort), 'flushall'], { encoding: 'utf8' })
  if (emptied.stdout.trim() !== 'OK') throw new Error(`redis cannot be emptied: ${emptied.stdout}${emptied.stderr}`)
  const kind = settings.includes(learnEverything) ? 'bulk' : 'single'
  return {
    async learn(path, spam) {
      const url = `http://127.0.0.1:${controlPort}/${spam ? 'learnspam' : 'learnham'}`
      const { status } = await fetch(url, {
        method: 'POST',
        headers: { 'Learn-Type': kind },
        body: readFileSync(path),
      })
      // 204 and 208: it has learnt the message before, or is sure of it already and learns no more.
      if (![200, 204, 208].includes(status)) throw new Error(`rspamd answered ${status} to ${path}`)
    },
    async score(path) {
      // Only Bayes is asked for; the rest of the rules is not what is compared, and takes its time.
      const headers = { Settings: `{"symbols_enabled":["BAYES_SPAM","BAYES_HAM","${rank}"]}` }
      const body = readFileSync(path)
      const answer = await fetch(`http://127.0.0.1:${scanPort}/checkv2`, { method: 'POST', headers, body })
      const { symbols = {} } = (await answer.json()) as { symbols?: Record<string, { options?: string[] }> }
      return Number(symbols[rank]?.options?.[0] ?? 0.5)
    },
    settle: async () => undefined,
    close: async () => undefined,
  }
}

async function start(home: string, lines: string): Promise<Running> {
  const [redisPort = 0, scanPort = 0, controlPort = 0] = await freePorts(3)
  writeConfig(home, redisPort, scanPort, controlPort, lines)
  const redis = spawn(
    'redis-server',
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', home],
    { stdio: 'ignore' },
  )
  const vars = { LOCAL_CONFDIR: home, DBDIR: join(home, 'db'), RUNDIR: home, LOGDIR: home }
  const flags = Object.entries(vars).map(([name, value]) => `--var=${name}=${value}`)
  const rspamd = spawn('rspamd', ['-f', '-i', '-c', join(home, 'rspamd.conf'), ...flags], { stdio: 'ignore' })
  const stop = async () => {
    await end(rspamd)
    await end(redis)
  }
  try {
    for (const port of [scanPort, controlPort]) await untilUp(`http://127.0.0.1:${port}/ping`)
  } catch (cause) {
    await stop()
    throw cause
  }
  return { lines, redisPort, scanPort, controlPort, stop }
}

function writeConfig(home: string, redis: number, scan: number, control: number, lines: string): void {
  mkdirSync(join(home, 'db'), { recursive: true })
  mkdirSync(join(home, 'local.d'), { recursive: true })
  for (const folder of [home, join(home, 'db')]) chmodSync(folder, 0o777)
  const put = (name: string, text: string) => writeFileSync(join(home, 'local.d', name), text)
  put('redis.conf', `servers = "127.0.0.1:${redis}";\n`)
  put('classifier-bayes.conf', `min_learns = 0;\n${lines}\n`)
  put(
    'options.inc',
    'dns { nameserver = ["127.0.0.1:9"]; timeout = 0.01s; retransmits = 1; }\ndisable_hyperscan = true;\nfilters = "regexp";\n',
  )
  for (const name of off) put(`${name}.conf`, 'enabled = false;\n')
  writeFileSync(join(home, 'rspamd.local.lua'), rankRule)
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
  for (let i = 0; i < 12_000; i++) {
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
