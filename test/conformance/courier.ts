// SPDX-License-Identifier: Apache-2.0
/** What every Courier must do, whatever it carries to. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Courier, Route } from '../../src/core/delivery.ts'
import { aJob, summary } from '../support/couriers.ts'
import { aRecipient } from '../support/custody.ts'

/** A next hop that takes everything but what is for no@example.org, and what it got: message bytes without additions. */
export interface CourierWorld extends AsyncDisposable {
  readonly courier: Courier
  readonly route: Route
  readonly got: () => readonly Buffer[]
  /** From now on nothing can be delivered. */
  breakDown(): Promise<void>
}

export function courierSuite(name: string, open: () => Promise<CourierWorld>): void {
  const never = new AbortController().signal
  const bytes = Buffer.from('Subject: \xe9\r\n\r\n.\r\n..\r\n\r\nend\r\n', 'latin1')
  const recipients = ['yes', 'no'].map((who) => aRecipient(`${who}@example.org`))

  describe(`courier ${name}`, () => {
    it('answers for every recipient and carries the bytes as they are', async () => {
      await using world = await open()
      const job = await aJob(bytes, { recipients })
      const said = summary(job, await world.courier.deliver(job, world.route, never))
      assert.match(said.join(), /^delivered 250 2\.\d\.\d,bounced 550 5\.1\.1$/)
      assert.deepEqual(world.got(), [bytes])
    })

    it('says 250 for each that was delivered with a reply that names no error', async () => {
      await using world = await open()
      const job = await aJob(bytes, { recipients: recipients.slice(0, 1) })
      for (const outcome of (await world.courier.deliver(job, world.route, never)).values()) {
        assert.equal(outcome.kind, 'delivered')
        assert.notEqual(outcome.to, '')
      }
    })

    it('defers everyone, and does not throw, when nothing can be delivered', async () => {
      await using world = await open()
      await world.breakDown()
      const job = await aJob(bytes, { recipients })
      for (const outcome of (await world.courier.deliver(job, world.route, never)).values()) {
        assert.equal(outcome.kind, 'deferred')
        assert.equal(Math.floor((outcome.reply?.code ?? 0) / 100), 4)
      }
    })
  })
}
