// SPDX-License-Identifier: Apache-2.0
/**
 * A next hop that goes mad at random: it refuses, hangs, hangs up in the middle, answers late, in the wrong place or not
 * at all, and offers other abilities each time. Whoever carries on as a queue does loses nothing, and gives nothing twice
 * that was answered for.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { printAddress } from '../../../src/core/address.ts'
import type { DeliveryJob } from '../../../src/core/delivery.ts'
import type { Recipient } from '../../../src/core/envelope.ts'
import { aJob, impatient, localRoute, someCouriers } from '../../support/couriers.ts'
import { aRecipient } from '../../support/custody.ts'
import { aSink, type SinkAnswer, type SinkScript, type SinkStep } from '../../support/sink.ts'

const never = new AbortController().signal
/** More of both with POSTERN_TEST_CHAOS=1000. */
const messages = Number(process.env['POSTERN_TEST_CHAOS'] ?? 40)
const maxTries = 60

/** Evenly spread numbers from a seed (mulberry32): what fails once fails again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const abilities = [
  'PIPELINING',
  'SIZE 10485760',
  'SIZE',
  '8BITMIME',
  'DSN',
  'SMTPUTF8',
  'CHUNKING',
  'STARTTLS',
  'AUTH',
  '',
]

interface Mad {
  readonly script: SinkScript
  /** Whom it has refused for good. */
  readonly refused: Set<string>
}

function mad(seed: number, lmtp: boolean): Mad {
  const random = numbers(seed)
  const refused = new Set<string>()
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const hello = () => {
    const offered = abilities.filter(() => random() < 0.5)
    return ['250-sink', ...offered.map((word) => `250-${word}`), '250 HELP'].join('\r\n')
  }
  const refusal = (step: SinkStep, line: string): SinkAnswer => {
    // What is refused for good must be so for one recipient: of a message with others it says nothing.
    if (step !== 'RCPT') return '451 4.3.0 not now'
    refused.add(/<([^>]*)>/.exec(line)?.[1] ?? '')
    return '550 5.1.1 never'
  }
  return {
    refused,
    script: {
      lmtp,
      midData: () => (random() < 0.03 ? pick<SinkAnswer>(['close', 'hang']) : undefined),
      async answer(step, line) {
        const fate = random()
        const greets = step === 'EHLO' || step === 'LHLO'
        if (step === 'STARTTLS') return pick(['454 4.7.0 not now', '502 5.5.1 what?', 'close'])
        if (step === 'HELO' || step === 'QUIT' || fate > 0.3) return greets ? hello() : undefined
        if (fate < 0.03) return 'hang'
        if (fate < 0.07) return 'close'
        if (fate < 0.1) return '421 4.3.2 going down'
        if (fate < 0.14) return '451 4.3.0 not now'
        if (fate < 0.17) return refusal(step, line)
        if (fate < 0.19) return step === 'RCPT' ? '552 5.5.3 too many' : '450 4.2.0 busy'
        if (fate < 0.2) return 'what is this?'
        await wait(fate < 0.22 ? 120 : 5)
        return greets ? hello() : undefined
      },
    },
  }
}

/** How it ended for one recipient, and how many answers may have been lost on the way: with the connection, or late. */
interface End {
  readonly kind: string
  readonly lost: number
}

/** As a queue does: again for whom it was deferred, and for nobody else. */
async function carry(job: DeliveryJob, deliver: (job: DeliveryJob) => Promise<ReadonlyMap<Recipient, unknown>>) {
  const ends = new Map<string, End>()
  let owed = job.envelope.recipients
  for (let tries = 0; owed.length > 0 && tries < maxTries; tries++) {
    const envelope = { ...job.envelope, recipients: owed }
    const outcomes = (await deliver({ ...job, envelope })) as Awaited<
      ReturnType<ReturnType<typeof someCouriers>['deliver']>
    >
    for (const to of owed) {
      const outcome = outcomes.get(to)
      const { lost } = ends.get(printAddress(to.address)) ?? { lost: 0 }
      const isLost = outcome?.reply?.enhanced === '4.4.2' || outcome?.reply?.code === 421
      ends.set(printAddress(to.address), { kind: outcome?.kind ?? 'silence', lost: lost + (isLost ? 1 : 0) })
    }
    owed = owed.filter((to) => outcomes.get(to)?.kind === 'deferred')
  }
  return ends
}

async function storm(seed: number, lmtp: boolean): Promise<void> {
  const { script, refused } = mad(seed, lmtp)
  await using sink = await aSink(script)
  await using couriers = someCouriers({ ...impatient, originFor: () => 'xforward' })
  const route = localRoute(lmtp ? 'lmtp' : 'smtp', sink.port)
  const random = numbers(seed + 1)
  const work = Array.from({ length: messages }, async (_, i) => {
    const recipients = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, n) =>
      aRecipient(`m${i}r${n}@example.org`, { notify: random() < 0.5 ? ['failure'] : [] }),
    )
    const bytes = `Subject: ${i}\r\n\r\n${'.line\r\n'.repeat(Math.floor(random() * 2000))}end ${i}\r\n`
    const ends = await carry(await aJob(bytes, { recipients }), (job) => couriers.deliver(job, route, never))
    return { bytes, ends }
  })
  for (const [i, { bytes, ends }] of (await Promise.all(work)).entries()) {
    for (const [to, { kind, lost }] of ends) {
      const got = sink.messages.filter(({ rcpt }) => rcpt.some((line) => line.includes(`<${to}>`)))
      const why = `seed ${seed} ${lmtp ? 'LMTP' : 'SMTP'} message ${i} to ${to}: ${kind}, ${got.length} times`
      if (kind === 'bounced') assert.ok(refused.has(to) && got.length <= lost, why)
      else assert.equal(kind, 'delivered', why)
      // Nobody's is lost, torn or changed; one is repeated only where the answer to it was lost.
      if (kind === 'delivered') assert.ok(got.length >= 1 && got.length <= 1 + lost, why)
      for (const message of got)
        assert.equal(message.bytes.toString('latin1').replace(/\r\n$/, ''), bytes.replace(/\r\n$/, ''))
    }
  }
}

describe('a next hop gone mad', () => {
  for (const seed of [1, 2, 3]) it(`loses nothing over SMTP (seed ${seed})`, () => storm(seed, false))
  // LMTP answers for each recipient: one may have it while the connection is lost for another.
  for (const seed of [4, 5]) it(`loses nothing over LMTP (seed ${seed})`, () => storm(seed, true))
})
