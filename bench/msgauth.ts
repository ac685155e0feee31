// SPDX-License-Identifier: Apache-2.0
/**
 * What message authentication costs, beside mailauth:
 *
 *   node bench/msgauth.ts --dir FOLDER-OF-MESSAGES [--limit 400] [--rounds 3] [--equal] [--json]
 *
 * SPF, DKIM, ARC and DMARC of every message with warm DNS (bench/msgauth-peer.ts), in processor time of this process; the rounds
 * go A B B A, so that what drifts meanwhile falls on both alike. --equal only compares the results, over every message (--limit
 * 0): each disagreement is printed and the exit code is 1.
 */
import { cpuUsage, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { bodies, type Case, disagreements, ours, readCases, theirs } from './msgauth-peer.ts'

const usage = 'node bench/msgauth.ts --dir FOLDER [--limit N] [--rounds N] [--equal] [--json]\n'

type Judge = (one: Case) => Promise<unknown>

const judges: Readonly<Record<string, Judge>> = {
  ours,
  'mailauth, plain': (one) => theirs(one, false),
  'mailauth, strict': (one) => theirs(one, true),
}

async function milliseconds(judge: Judge, cases: readonly Case[]): Promise<number> {
  const before = cpuUsage()
  for (const one of cases) await judge(one)
  const { user, system } = cpuUsage(before)
  return (user + system) / 1000 / cases.length
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0

async function measure(cases: readonly Case[], rounds: number): Promise<Map<string, number[]>> {
  const spent = new Map(Object.keys(judges).map((name) => [name, [] as number[]]))
  for (const judge of Object.values(judges)) await milliseconds(judge, cases)
  for (let round = 0; round < rounds; round++) {
    const names = Object.keys(judges)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      spent.get(name)?.push(await milliseconds(judges[name] ?? ours, cases))
    }
  }
  return spent
}

async function compare(cases: readonly Case[]) {
  let [different, signatures, whole] = [0, 0, 0]
  for (const one of cases) {
    const said = await ours(one)
    const found = disagreements(said, await theirs(one, true))
    signatures += bodies(said).signatures
    whole += bodies(said).whole
    if (found.length === 0) continue
    different++
    stdout.write(`${one.file}: ${found.join('; ')}\n`)
  }
  return { different, signatures, whole }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      limit: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      equal: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  if (values.dir === undefined) {
    stdout.write(usage)
    return 64
  }
  const cases = await readCases(values.dir, Number(values.limit ?? (values.equal ? 0 : 400)))
  const bytes = Math.round(cases.reduce((sum, { raw }) => sum + raw.length, 0) / cases.length)
  const spent = values.equal ? new Map<string, number[]>() : await measure(cases, Number(values.rounds))
  const { different, signatures, whole } = await compare(cases)
  const cpuMs = Object.fromEntries([...spent].map(([name, list]) => [name, Number(median(list).toFixed(3))]))
  if (values.json)
    stdout.write(`${JSON.stringify({ messages: cases.length, bytes, cpuMs, different, signatures, whole })}\n`)
  else {
    stdout.write(`${cases.length} messages of ${bytes} bytes on average, DNS warm\n`)
    for (const [name, list] of spent) {
      stdout.write(
        `${name.padEnd(18)} ${median(list).toFixed(3)} ms CPU a message (${list.map((n) => n.toFixed(2)).join(' ')})\n`,
      )
    }
    stdout.write(`${signatures} DKIM signatures, the body hash of ${whole} is that of the stored body\n`)
    stdout.write(`results that differ from mailauth's strict mode: ${different} of ${cases.length}\n`)
  }
  return different === 0 ? 0 : 1
}

exit(await main())
