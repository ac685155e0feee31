// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DnsAnswer, Resolver } from '../../../src/core/ports.ts'
import { silentMeter } from '../../../src/metrics/registry.ts'
import { siblingModule } from '../../../src/workers/channel.ts'
import { type CrewOptions, startCrew } from '../../../src/workers/crew.ts'
import type { CrewSetup, Job } from '../../../src/workers/protocol.ts'
import { aRecipient, aSender, aSession } from '../../support/builders.ts'
import { LineLog } from '../../support/custody.ts'

const setup: CrewSetup = { rulePaths: [], model: null, hostname: 'first', msgauth: null }

function job(what: string): Job {
  const envelope = { ...aSender('a@sender.example'), recipients: [aRecipient('u@example.org')] }
  return { session: aSession(), envelope, raw: Buffer.from(what) }
}

/** Names that were asked for, each answered with nxdomain, which is forgotten after so many milliseconds. */
function askedNames(keptMs = 60_000) {
  const asked: string[] = []
  const nobody: DnsAnswer<never> = { kind: 'nxdomain' }
  const answer = async (name: string): Promise<DnsAnswer<never>> => {
    asked.push(name)
    return nobody
  }
  const known = () => ({ answer: nobody, until: Date.now() + keptMs })
  const all = { a: answer, aaaa: answer, mx: answer, ns: answer, txt: answer, cname: answer, ptr: answer }
  return { asked, dns: { ...all, known } satisfies Resolver }
}

function open(options: Partial<CrewOptions> = {}) {
  return startCrew({
    ...{
      size: 1,
      reserve: 0,
      deadlineMs: 10_000,
      setup,
      dns: askedNames().dns,
      log: new LineLog(),
      meter: silentMeter,
    },
    module: siblingModule('./odd-content-worker', import.meta.url),
    ...options,
  })
}

const symbols = (examination: { readonly evidence: readonly { readonly symbol: string }[] }) =>
  examination.evidence.map(({ symbol }) => symbol)

describe('crew', () => {
  it('examines more messages than it has lanes', async () => {
    await using crew = open()
    const all = await Promise.all(Array.from({ length: 30 }, () => crew.examine(job('fine'))))
    for (const examination of all) assert.deepEqual(symbols(examination), ['DONE', 'first'])
    assert.equal(crew.waiting, 0)
  })

  it('judges a message that hangs on what was found, and gives the others to a new worker', async () => {
    await using crew = open({ deadlineMs: 50 })
    const [hanging, ...others] = await Promise.all(['hang', 'fine', 'fine'].map((what) => crew.examine(job(what))))
    assert.deepEqual(hanging?.incomplete, ['rules: deadline'])
    assert.deepEqual(hanging === undefined ? [] : symbols(hanging), ['SEEN'])
    for (const other of others) assert.deepEqual(symbols(other), ['DONE', 'first'])
  })

  it('asks a message that waits to stop, and keeps its worker', async () => {
    const log = new LineLog()
    await using crew = open({ deadlineMs: 50, log })
    const waiting = await crew.examine(job('wait'))
    assert.equal(waiting.incomplete.length, 1)
    assert.deepEqual(symbols(waiting), ['SEEN'])
    assert.deepEqual(symbols(await crew.examine(job('fine'))), ['DONE', 'first'])
  })

  it('gives what waits behind a long message to the worker in reserve', async () => {
    await using crew = open({ reserve: 1 })
    await crew.examine(job('fine'))
    const order: string[] = []
    const long = crew.examine(job('spin 5000')).then(() => order.push('long'))
    const short = ['fine', 'fine'].map((what) => crew.examine(job(what)).then(() => order.push('short')))
    await Promise.all([long, ...short])
    assert.deepEqual(order, ['short', 'short', 'long'])
  })

  it('gives to the reserve what was begun together with a message that holds the worker up', async () => {
    await using crew = open({ reserve: 1 })
    await crew.examine(job('fine'))
    const order: string[] = []
    const all = ['steps 0', 'steps 3000', 'steps 0'].map(async (what) => {
      assert.deepEqual(symbols(await crew.examine(job(what))), ['STEPS'])
      order.push(what)
    })
    await Promise.all(all)
    assert.deepEqual(order, ['steps 0', 'steps 0', 'steps 3000'])
  })

  it('takes what a held-up worker ends in the end where no other is free', async () => {
    await using crew = open()
    await crew.examine(job('fine'))
    const all = await Promise.all(['steps 0', 'steps 700', 'steps 0'].map((what) => crew.examine(job(what))))
    for (const examination of all) assert.deepEqual(symbols(examination), ['STEPS'])
    assert.deepEqual(symbols(await crew.examine(job('fine'))), ['DONE', 'first'])
  })

  it('gives work to the reserve where messages wait long for room, and not before', async () => {
    await using crew = open({ reserve: 1 })
    await crew.examine(job('fine'))
    const threads = async (ms: number) => {
      const all = await Promise.all(Array.from({ length: 16 }, () => crew.examine(job(`who ${ms}`))))
      return new Set(all.flatMap(symbols)).size
    }
    assert.deepEqual([await threads(30), await threads(0)], [2, 1])
  })

  it('tries a message once more when its worker dies, and no more', async () => {
    await using crew = open()
    const [dying, other] = await Promise.all([crew.examine(job('die')), crew.examine(job('fine'))])
    assert.deepEqual(dying.incomplete, ['rules: its worker died'])
    assert.deepEqual(symbols(other), ['DONE', 'first'])
  })

  it('says which stage threw', async () => {
    await using crew = open()
    assert.deepEqual((await crew.examine(job('throw'))).incomplete, ['rules: odd'])
  })

  it('hands workers a new setup', async () => {
    await using crew = open()
    await crew.examine(job('fine'))
    crew.setup({ ...setup, hostname: 'second' })
    assert.deepEqual(symbols(await crew.examine(job('fine'))), ['DONE', 'second'])
  })

  it('asks the captain for a name once and remembers the answer', async () => {
    const { asked, dns } = askedNames()
    await using crew = open({ dns })
    const first = await crew.examine(job('ask a.example'))
    const again = await crew.examine(job('ask a.example'))
    assert.deepEqual([symbols(first), symbols(again)], [['nxdomain'], ['nxdomain']])
    assert.deepEqual(asked, ['a.example'])
  })

  it('asks again for what the captain does not keep either', async () => {
    const { asked, dns } = askedNames(0)
    await using crew = open({ dns })
    for (let i = 0; i < 2; i++) assert.deepEqual(symbols(await crew.examine(job('ask a.example'))), ['nxdomain'])
    assert.deepEqual(asked, ['a.example', 'a.example'])
  })
})
