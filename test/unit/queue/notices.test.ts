// SPDX-License-Identifier: Apache-2.0
/** Who is told what, and as a mail parser reads it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ParsedMail, simpleParser } from 'mailparser'
import type { QueueId } from '../../../src/core/brand.ts'
import type { Envelope } from '../../../src/core/envelope.ts'
import { address, anEnvelope, aRecipient } from '../../support/custody.ts'
import { aCustodyHouse, bounced, deferred, delivered, mail } from '../../support/custody-house.ts'

type House = Awaited<ReturnType<typeof aCustodyHouse>>

const hour = 3_600_000

async function settled(house: House): Promise<void> {
  // Everything that is due has had its turn, and what that brought about as well.
  for (let quiet = 0, before = -1; quiet < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    house.scheduler.wake()
    quiet = before === house.carried.length ? quiet + 1 : 0
    before = house.carried.length
  }
}

const policy = (warnAfterMs: number | null, lifetimeMs = 120 * hour) => ({
  retry: { minBackoffMs: 300_000, maxBackoffMs: 4_000_000, lifetimeMs, bounceLifetimeMs: lifetimeMs, warnAfterMs },
})

/** The notices that were sent while time went on by so many hours. */
async function notices(house: House, request: Partial<Envelope>, hours: readonly number[]): Promise<ParsedMail[]> {
  await house.enqueue({ envelope: anEnvelope(request) })
  house.scheduler.start()
  await settled(house)
  for (const step of hours) {
    house.clock.advance(step * hour)
    await settled(house)
  }
  await house.scheduler.stop()
  const sent = house.carried.filter(({ job }) => job.queueId.startsWith('N'))
  return Promise.all(sent.map(({ bytes }) => simpleParser(bytes)))
}

const toUs = (to: { readonly address: { readonly domain: string } }) => to.address.domain === 'example.net'

describe('the sender of our own', () => {
  it('hears once that mail is late, and then that it failed', async () => {
    const house = await aCustodyHouse((to) => (toUs(to) ? delivered() : deferred()), policy(4 * hour, 24 * hour))
    const recipients = [aRecipient('user@example.org', { original: 'rfc822;alias@example.org' })]
    const [late, failed, ...more] = await notices(
      house,
      { recipients, envid: 'E-1', dsnReturns: 'full' },
      [5, 5, 5, 12],
    )
    assert.equal(more.length, 0)
    assert.match(late?.text ?? '', /^Original-Envelope-Id: E-1$/m)
    assert.match(
      late?.text ?? '',
      /^Original-Recipient: rfc822;alias@example\.org\nFinal-Recipient: rfc822; user@example\.org\nAction: delayed\nStatus: 4\.2\.0/m,
    )
    assert.match(late?.text ?? '', /^Will-Retry-Until: /m)
    assert.match(failed?.text ?? '', /^Action: failed\nStatus: 5\.4\.7/m)
    // RET=FULL counts for failures alone (RFC 3461 §4.3).
    assert.equal(late?.attachments[0]?.contentType, 'text/rfc822-headers')
    assert.equal(failed?.attachments[0]?.contentType, 'message/rfc822')
    assert.equal(failed?.attachments[0]?.content.toString(), mail.toString())
    assert.match(JSON.stringify(late?.headers.get('content-type')), /"multipart\/report"/)
  })

  it('hears of what it asked for, and of nothing else', async () => {
    for (const [notify, answer, actions] of [
      [[], bounced, ['failed']],
      [['never'], bounced, []],
      [['success'], bounced, []],
      [['success'], delivered, ['relayed']],
      [['failure'], delivered, []],
      [['failure'], deferred, []],
      [['delay'], deferred, ['delayed']],
    ] as const) {
      const house = await aCustodyHouse((to) => (toUs(to) ? delivered() : answer()), policy(4 * hour))
      const recipients = [aRecipient('user@example.org', { notify })]
      const told = await notices(house, { recipients }, [5])
      assert.deepEqual(
        told.map(({ text }) => /^Action: (\w+)/m.exec(text ?? '')?.[1]),
        actions,
        `${notify.join()} ${answer.name}`,
      )
    }
  })

  it('hears nothing of mail that has no sender: it is kept', async () => {
    const house = await aCustodyHouse(() => bounced())
    assert.deepEqual(await notices(house, { reversePath: null }, []), [])
    assert.equal(house.kept.length, 1)
  })

  it('hears of so many failures in an hour, and more are kept', async () => {
    const house = await aCustodyHouse((to) => (toUs(to) ? delivered() : bounced()))
    for (let i = 0; i < 25; i++) await house.enqueue({ id: `M${i}` as QueueId })
    const other = anEnvelope({ reversePath: address('other@example.net') })
    await house.enqueue({ id: 'O1' as QueueId, envelope: other })
    const told = await notices(house, {}, [])
    const to = (name: string) => told.filter((note) => JSON.stringify(note.to).includes(name)).length
    assert.deepEqual([to('sender@example.net'), to('other@example.net'), house.kept.length], [20, 1, 6])
    assert.equal(house.log.of('queue.notice_withheld').length, 6)
  })
})
