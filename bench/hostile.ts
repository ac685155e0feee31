// SPDX-License-Identifier: Apache-2.0
/**
 * Messages and patterns made to hurt: `node bench/hostile.ts`. Each is read and scanned in a process of its own; what is
 * counted is its processor time and the memory above that of a process that scans a small message.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { EpochMs } from '../src/core/brand.ts'
import { openMessage } from '../src/message/open.ts'
import type { RuleFacts } from '../src/rules/facts.ts'
import { loadRules } from '../src/rules/load.ts'
import { compilePattern } from '../src/rules/pattern.ts'
import { runRules } from '../src/rules/run.ts'
import { search } from '../src/rules/search.ts'

const maxSeconds = 1
const maxMegabytes = 256

const head = 'From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n'
const text = (body: string, type = 'text/plain'): Buffer =>
  Buffer.from(`${head}Content-Type: ${type}\r\n\r\n${body}`, 'latin1')

function multipart(parts: number): Buffer {
  const part = '--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'
  return Buffer.from(`${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(parts)}--b--\r\n`)
}

function attached(name: string, bytes: Buffer): Buffer {
  const lines = bytes.toString('base64').replace(/.{76}/g, '$&\r\n')
  return Buffer.from(
    `${head}Content-Type: application/octet-stream; name=${name}\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`,
  )
}

const messages: Readonly<Record<string, () => Buffer>> = {
  small: () => text('hello'),
  'lines of 1 MB': () => text(`${'a'.repeat(1 << 20)}\r\n`.repeat(4)),
  'a header of 1 MB': () => Buffer.from(`Subject: ${'a b'.repeat(350_000)}\r\n\r\nx`),
  '100,000 links': () => text('<a href="http://a.example/x">y</a> http://b.example/\n'.repeat(100_000), 'text/html'),
  '10,000 parts': () => multipart(10_000),
  '1,000 parts inside each other': () =>
    Buffer.from(
      Array.from({ length: 1000 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`).join(
        '',
      ),
    ),
  '50 MB of base64': () => attached('a.bin', Buffer.alloc(37 << 20, 1)),
  'a gzip bomb': () => attached('a.gz', gzipSync(Buffer.alloc(200 << 20))),
  'tags without end': () => text('<a '.repeat(300_000), 'text/html'),
  'styles inside each other': () => text('<div style="color:red">'.repeat(50_000), 'text/html'),
  'white space': () => text(`${' \t'.repeat(250_000)}x\r\n\r\n`.repeat(2)),
  'at signs': () => text('a@'.repeat(250_000)),
  'encoded words': () => Buffer.from(`Subject: ${'=?utf-8?q?a?= '.repeat(20_000)}\r\n\r\nx`),
}

const patterns: readonly (readonly [source: string, text: string])[] = [
  ['(a+)+$', `${'a'.repeat(100_000)}!`],
  ['(a|a)*b', 'a'.repeat(100_000)],
  ['(a|aa)+$', `${'a'.repeat(100_000)}!`],
  ['(?:\\w+\\s?)+$', `${'word '.repeat(20_000)}!`],
  ['(.*)(.*)(.*)(.*)(.*)x', 'a'.repeat(4096)],
  ['(?:.*,){20,}P', '1,'.repeat(2000)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(10_000)],
  ['(?:(a+)+\\1)+$', `${'a'.repeat(10_000)}!`],
  ['(?>(?:a+)+)+$', `${'a'.repeat(10_000)}!`],
]

function scan(name: string): void {
  const paths = process.env.POSTERN_BENCH_RULES?.split(':') ?? [join(import.meta.dirname, '../rules')]
  const { rules } = loadRules(paths, 3)
  const facts: RuleFacts = {
    reversePath: null,
    clientIp: '192.0.2.1',
    clientName: 'unknown',
    helo: 'x',
    recipients: [],
    auth: null,
    now: 0 as EpochMs,
  }
  runRules(rules, openMessage(messages.small?.() ?? Buffer.alloc(0)), facts)
  const raw = messages[name]?.() ?? Buffer.alloc(0)
  globalThis.gc?.()
  const memory = process.resourceUsage().maxRSS
  const before = process.cpuUsage()
  runRules(rules, openMessage(raw), facts)
  report(before, memory)
}

function match(index: number): void {
  const [source, subject] = patterns[index] ?? ['', '']
  const before = process.cpuUsage()
  const memory = process.resourceUsage().maxRSS
  search(compilePattern(source, ''), subject)
  report(before, memory)
}

function report(before: NodeJS.CpuUsage, memory: number): void {
  const used = process.cpuUsage(before)
  console.log(
    JSON.stringify({
      seconds: (used.user + used.system) / 1e6,
      megabytes: (process.resourceUsage().maxRSS - memory) / 1024,
    }),
  )
}

const [kind, which = ''] = process.argv.slice(2)
if (kind === 'message') scan(which)
else if (kind === 'pattern') match(Number(which))
else {
  const cases = [
    ...Object.keys(messages).map((name) => ['message', name, name] as const),
    ...patterns.map(([source], i) => ['pattern', String(i), source] as const),
  ]
  for (const [what, argument, title] of cases) {
    const child = spawnSync(process.execPath, ['--expose-gc', import.meta.filename, what, argument], {
      timeout: 120_000,
    })
    const line = child.stdout.toString().trim()
    const { seconds, megabytes } =
      line === ''
        ? { seconds: Number.NaN, megabytes: Number.NaN }
        : (JSON.parse(line) as { seconds: number; megabytes: number })
    const isFine = seconds <= maxSeconds && megabytes <= maxMegabytes
    if (!isFine) process.exitCode = 1
    console.log(`${isFine ? 'ok  ' : 'FAIL'} ${seconds.toFixed(2)} s ${megabytes.toFixed(0)} MB  ${what} ${title}`)
  }
}
