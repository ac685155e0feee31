// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel, ChannelError, siblingModule } from '../../../src/workers/channel.ts'
import { LineLog, until } from '../../support/custody.ts'
import type { OddApi } from './odd-worker.ts'

const open = (data: unknown = null, deadlineMs = 5_000) =>
  Channel.open<OddApi>({
    module: siblingModule('./odd-worker', import.meta.url),
    name: 'odd',
    data,
    deadlineMs,
    restartMs: 1,
    log: new LineLog(),
  })

describe('siblingModule', () => {
  it('keeps the extension of the caller', () => {
    assert.equal(siblingModule('./worker', 'file:///a/stores.ts').href, 'file:///a/worker.ts')
    assert.equal(siblingModule('./worker', 'file:///a/stores.js').href, 'file:///a/worker.js')
  })
})

describe('Channel', () => {
  it('answers each call, in groups of what was waiting', async () => {
    await using channel = await open()
    // Until all nine wait the worker is busy: otherwise it may be quick enough to take each alone.
    const isSent = new Int32Array(new SharedArrayBuffer(4))
    const held = channel.call('hold', isSent.buffer)
    const waiting = Array.from({ length: 9 }, () => channel.call('group', null))
    Atomics.store(isSent, 0, 1)
    Atomics.notify(isSent, 0)
    await held
    const groups = await Promise.all(waiting)
    assert.ok(Math.max(...groups) > 1 && Math.max(...groups) <= 4, String(groups))
    assert.equal(await channel.call('echo', 'ü'), 'ü')
  })

  it('rejects when the worker cannot open', async () => {
    await assert.rejects(open('broken'), /cannot open/)
  })

  it('fails what a dying worker was asked and starts another one', async () => {
    await using channel = await open()
    const dying = channel.call('die', null)
    const behind = channel.call('echo', 'behind')
    await assert.rejects(dying, ChannelError)
    await assert.rejects(behind, ChannelError)
    await until(async () => (await channel.call('echo', 'again').catch(() => null)) === 'again')
  })

  it('kills a worker that hangs and starts another one', async () => {
    await using channel = await open(null, 300)
    await assert.rejects(channel.call('hang', null), /hang took over 300 ms/)
    await until(async () => (await channel.call('echo', 'again').catch(() => null)) === 'again')
  })

  it('finishes what was asked before it is closed, and refuses what is asked after', async () => {
    const channel = await open()
    const asked = channel.call('echo', 'last')
    await channel[Symbol.asyncDispose]()
    assert.equal(await asked, 'last')
    await assert.rejects(channel.call('echo', 'late'), ChannelError)
  })
})
