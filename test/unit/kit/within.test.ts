// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { within } from '../../../src/kit/within.ts'

/** Ends when it is called off, and says why. */
function untilStopped(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    const tell = () => resolve(signal.reason)
    if (signal.aborted) tell()
    signal.addEventListener('abort', tell)
  })
}

describe('within', () => {
  it('hands on what the work finds, and leaves nothing behind', async () => {
    const parent = new AbortController()
    assert.equal(await within(60_000, parent.signal, async () => 'done'), 'done')
    await assert.rejects(
      within(60_000, parent.signal, () => Promise.reject(new Error('no'))),
      /no/,
    )
    assert.equal(getEventListeners(parent.signal, 'abort').length, 0)
  })

  it('calls the work off when its time is over', async () => {
    const reason = await within(1, null, untilStopped)
    assert.equal(reason instanceof DOMException && reason.name, 'TimeoutError')
  })

  it('calls the work off when nobody waits for it, or did from the beginning', async () => {
    const parent = new AbortController()
    const gone = new Error('gone')
    const found = within(60_000, parent.signal, untilStopped)
    parent.abort(gone)
    assert.equal(await found, gone)
    assert.equal(await within(60_000, parent.signal, untilStopped), gone)
  })
})
