// SPDX-License-Identifier: Apache-2.0
/**
 * Next hops that misbehave in every way and then recover, each for a domain of its own, all at once. In-line, the client
 * is told the truth and the next hop has the message exactly when the answer was 250. Queued, the message arrives exactly
 * once, or is kept for a person where the next hop does not want it.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { SmtpClient } from '../../bench/smtp-client.ts'
import { readConfig } from '../../src/config/load.ts'
import { tempFolder } from '../support/custody.ts'
import { startCustodyGateway } from '../support/custody-gateway.ts'
import { aSink, type Sink, type SinkAnswer, type SinkScript, type SinkStep } from '../support/sink.ts'

interface Scenario {
  readonly name: string
  /** Anew for each next hop: scripts count. */
  readonly script: () => SinkScript
  /** What the client hears in-line while the next hop misbehaves. */
  readonly inline: 2 | 4 | 5
  readonly whenDown?: 'defer' | 'queue'
  /** Queued: does it arrive in the end, or does a person have to see it? */
  readonly queued: 'arrives' | 'is kept'
}

const steps = ['CONNECT', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'END'] as const
/** Connections or tries that go wrong before the next hop recovers. */
const bad = 2

/** Answers so at the step, the first times that it is reached. */
function atFirst(step: SinkStep, answer: SinkAnswer): SinkScript {
  let times = 0
  return { answer: (now) => (now === step && times++ < bad ? answer : undefined) }
}

function offering(lists: readonly (readonly string[])[]): SinkScript {
  return {
    answer: (step, _line, connection) => {
      if (step !== 'EHLO') return undefined
      const offers = lists[(connection - 1) % lists.length] ?? []
      return ['sink', ...offers].map((offer, i) => `250${i === offers.length ? ' ' : '-'}${offer}`).join('\r\n')
    },
  }
}

function closingMidway(): SinkScript {
  let times = 0
  return { midData: (bytes) => (bytes > 2_000 && times++ < bad ? 'close' : undefined) }
}

const scenarios: readonly Scenario[] = [
  ...steps.flatMap((step): Scenario[] => [
    { name: `hangs at ${step}`, script: () => atFirst(step, 'hang'), inline: 4, queued: 'arrives' },
    { name: `closes at ${step}`, script: () => atFirst(step, 'close'), inline: 4, queued: 'arrives' },
    {
      name: `says 4xx at ${step}`,
      script: () => atFirst(step, '451 4.3.0 later'),
      // RFC 5321 §3.2: who does not know EHLO is greeted with HELO.
      ...{ inline: step === 'EHLO' ? 2 : 4, queued: 'arrives' },
    },
    { name: `says 421 at ${step}`, script: () => atFirst(step, '421 4.3.2 going down'), inline: 4, queued: 'arrives' },
    // RFC 5321 §3.1: a host that greets with 5xx takes no mail now; another one may.
    step === 'CONNECT' || step === 'EHLO'
      ? {
          name: `says 5xx at ${step}`,
          script: () => atFirst(step, '554 5.3.2 no'),
          ...{ inline: step === 'EHLO' ? 2 : 4, queued: 'arrives' },
        }
      : { name: `says 5xx at ${step}`, script: () => atFirst(step, '550 5.7.1 no'), inline: 5, queued: 'is kept' },
    {
      name: `answers ${step} late`,
      script: () => ({ answer: async (now) => (now === step ? wait(300).then(() => undefined) : undefined) }),
      ...{ inline: 2, queued: 'arrives' },
    },
  ]),
  { name: 'closes in the middle of the message', script: closingMidway, inline: 4, queued: 'arrives' },
  {
    name: 'is away, and the domain may wait',
    script: () => atFirst('CONNECT', 'close'),
    whenDown: 'queue',
    ...{ inline: 2, queued: 'arrives' },
  },
  {
    name: 'says 4xx although the domain may wait',
    script: () => atFirst('RCPT', '452 4.2.2 full'),
    whenDown: 'queue',
    ...{ inline: 4, queued: 'arrives' },
  },
  {
    name: 'says nonsense',
    script: () => atFirst('MAIL', 'hello there'),
    ...{ inline: 4, queued: 'arrives' },
  },
  {
    name: 'withdraws what it advertised',
    script: () => offering([['PIPELINING', 'SIZE 1000000', '8BITMIME', 'DSN', 'SMTPUTF8', 'CHUNKING'], []]),
    ...{ inline: 2, queued: 'arrives' },
  },
  {
    name: 'knows EHLO no more',
    script: () => ({ answer: (step) => (step === 'EHLO' ? '502 5.5.1 what?' : undefined) }),
    ...{ inline: 2, queued: 'arrives' },
  },
]

const message = `Subject: %\r\n\r\n${'a line of text\r\n'.repeat(400)}`

interface Case extends Scenario {
  readonly mode: 'inline' | 'queue'
  readonly sink: Sink
  readonly domain: string
}

const domainOf = ({ domain, sink, mode, whenDown = 'defer' }: Case) => `[domains."${domain}"]
deliver = "smtp://127.0.0.1:${sink.port}"
mode = "${mode}"
when_down = "${whenDown}"
recipients = "any"
`

const settings = (cases: readonly Case[]) => `hostname = "gw.example.org"
data_dir = "data"
[[listeners]]
role = "mx"
address = "127.0.0.1:0"
tls = "none"
${cases.map(domainOf).join('')}
[delivery]
connect_timeout = "1s"
command_timeout = "1s"
data_timeout = "1s"
inline_timeout = "3s"
[queue]
minimal_backoff = "100ms"
maximal_backoff = "200ms"
[smtp]
client_connection_limit = 1000
[log]
level = "error"
`

/** One message each time; the class of the answer to it. */
async function send(port: number, to: string, token: string): Promise<number> {
  const client = new SmtpClient('127.0.0.1', port, 30_000)
  await client.reply()
  for (const command of ['EHLO client.example.net', 'MAIL FROM:<s@sender.example>', `RCPT TO:<${to}>`, 'DATA']) {
    const { code } = await client.ask(`${command}\r\n`)
    if (code >= 400) return Math.floor(code / 100)
  }
  const { code } = await client.ask(`${message.replace('%', token)}.\r\n`)
  client.close()
  return Math.floor(code / 100)
}

function copies({ sink }: Case, token: string): number {
  return sink.messages.filter(({ bytes }) => bytes.includes(`Subject: ${token}\r\n`)).length
}

async function until(holds: () => Promise<boolean> | boolean, ms: number): Promise<boolean> {
  const end = Date.now() + ms
  while (!(await holds())) {
    if (Date.now() > end) return false
    await wait(20)
  }
  return true
}

describe('a next hop that', () => {
  const cases: Case[] = []
  const answers = new Map<Case, number[]>()
  const closing = new AsyncDisposableStack()
  let kept: readonly string[] = []
  let waiting = -1

  before(async () => {
    const folder = closing.use(await tempFolder())
    for (const [n, scenario] of scenarios.entries()) {
      for (const mode of ['inline', 'queue'] as const) {
        const sink = closing.use(await aSink(scenario.script()))
        cases.push({ ...scenario, mode, sink, domain: `${mode}${n}.example` })
      }
    }
    const { loaded, complaints } = readConfig(settings(cases), join(folder.path, 'postern.toml'))
    assert.deepEqual(complaints, [])
    const gateway = closing.use(await startCustodyGateway(loaded))
    const port = gateway.listeners.all[0]?.port ?? 0
    await Promise.all(
      cases.map(async (one) => {
        const heard: number[] = []
        answers.set(one, heard)
        // In-line the client comes again, as often as the next hop misbehaves, and once more.
        for (let n = 0; n < (one.mode === 'inline' ? bad + 2 : 1); n++) {
          heard.push(await send(port, `u@${one.domain}`, `t${n}`))
        }
      }),
    )
    // A slow machine can add a timeout to the two of a script, and after three a host is left alone for a minute.
    await until(async () => (await gateway.stores.queue.depth()).waiting === 0, 100_000)
    waiting = (await gateway.stores.queue.depth()).waiting
    kept = (await gateway.stores.quarantine.list(1_000)).flatMap(({ envelope }) =>
      envelope.recipients.map(({ address }) => address.domain as string),
    )
  })

  after(() => closing.disposeAsync())

  it('misbehaves leaves nothing in the queue in the end', () => assert.equal(waiting, 0))

  for (const [n, scenario] of scenarios.entries()) {
    it(`${scenario.name}: in-line, its client knows`, () => {
      const one = cases[2 * n]
      assert.ok(one !== undefined)
      const heard = answers.get(one) ?? []
      assert.equal(heard[0], scenario.inline, `heard ${heard}`)
      assert.equal(heard.at(-1), 2, `heard ${heard}`)
      for (const [i, code] of heard.entries()) assert.equal(copies(one, `t${i}`), code === 2 ? 1 : 0, `message ${i}`)
    })

    it(`${scenario.name}: queued, the message ${scenario.queued}`, () => {
      const one = cases[2 * n + 1]
      assert.ok(one !== undefined)
      assert.deepEqual(answers.get(one), [2])
      assert.equal(copies(one, 't0'), scenario.queued === 'arrives' ? 1 : 0)
      assert.equal(kept.filter((domain) => domain === one.domain).length, scenario.queued === 'arrives' ? 0 : 1)
    })
  }
})
