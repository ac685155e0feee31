// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { QueueId } from '../../../src/core/brand.ts'
import { fact } from '../../../src/core/evidence.ts'
import { Failure } from '../../../src/core/failure.ts'
import type { Verdict } from '../../../src/core/verdict.ts'
import { expire, remove } from '../../../src/quarantine/expire.ts'
import { type HoldOptions, hold } from '../../../src/quarantine/hold.ts'
import { release } from '../../../src/quarantine/release.ts'
import { list, show } from '../../../src/quarantine/show.ts'
import { MemoryBlobs } from '../../../src/store/memory/blobs.ts'
import { openMemoryStores } from '../../../src/store/memory/stores.ts'
import { anEnvelope, HandClock, LineLog, noMeter } from '../../support/custody.ts'
import { failingStores } from '../../support/failing-stores.ts'

const id = 'Q1' as QueueId
const bytes = Buffer.from('Subject: held\r\n\r\n.\r\n')
const verdict: Verdict = {
  action: { kind: 'quarantine', because: 'score' },
  score: 12.5,
  limits: { mark: 4, junk: 6, quarantine: 10, reject: 15 },
  priced: [{ evidence: fact('URL_BAD', 'http://x.example'), points: 12.5, source: 'rules/x.cf:3' }],
  decidedBy: 'score',
}

function aRoom(fails: (call: string) => 'no' | 'before' | 'after' = () => 'no') {
  const clock = new HandClock()
  const stores = failingStores(openMemoryStores({ maxLosable: 9, greylistKeepMs: 9 }), fails)
  const options: HoldOptions & { clock: HandClock; blobs: MemoryBlobs } = {
    store: stores.quarantine,
    blobs: new MemoryBlobs(clock),
    clock,
    log: new LineLog(),
    meter: noMeter,
  }
  const request = { id, bytes, envelope: anEnvelope(), because: 'score 12.5', verdict, trace: [] }
  return { options, put: (more = {}) => hold({ ...request, ...more }, options) }
}

describe('hold', () => {
  it('keeps the message with its verdict and evidence', async () => {
    const { options, put } = aRoom()
    assert.equal(await put(), 'Q1')
    const shown = await show(id, options)
    assert.equal(shown?.entry.score, 12.5)
    assert.deepEqual(JSON.parse(shown?.entry.evidence ?? ''), {
      decidedBy: 'score',
      evidence: [{ symbol: 'URL_BAD', points: 12.5, details: ['http://x.example'], source: 'rules/x.cf:3' }],
      trace: [],
    })
    assert.deepEqual(await shown?.blob?.bytes(), bytes)
    assert.equal(await show('X' as QueueId, options), null)
  })

  it('keeps another part of the same message beside it', async () => {
    const { options, put } = aRoom()
    assert.deepEqual([await put(), await put({ verdict: null })], ['Q1', 'Q1.2'])
    const ids = (await Array.fromAsync(list(options, 1))).map((entry) => entry.id)
    assert.deepEqual(ids, ['Q1', 'Q1.2'])
  })

  it('answers 4xx when the stores fail', async () => {
    const { put } = aRoom((call) => (call === 'quarantine.add' ? 'before' : 'no'))
    await assert.rejects(put(), (error) => error instanceof Failure && error.temporary)
  })
})

describe('release', () => {
  it('delivers the same bytes to the same recipients, once', async () => {
    const { options, put } = aRoom()
    await put()
    const delivered: Buffer[] = []
    const releases = await Promise.all(
      [1, 2, 3].map(() =>
        release(id, async (_entry, blob) => void delivered.push(Buffer.from(await blob.bytes())), options),
      ),
    )
    assert.deepEqual(delivered, [bytes])
    assert.deepEqual(releases.map(({ kind }) => kind).sort(), ['not-here', 'not-here', 'released'])
    assert.equal(await options.store.count(), 0)
    assert.deepEqual(await Array.fromAsync(options.blobs.list()), [])
  })

  it('keeps the message when it cannot be delivered, for another try', async () => {
    const { options, put } = aRoom()
    await put()
    await assert.rejects(
      release(id, () => Promise.reject(new Error('queue full')), options),
      /queue full/,
    )
    assert.equal((await release(id, async () => undefined, options)).kind, 'released')
  })

  it('says so when the spool has lost the message, and keeps the row', async () => {
    const { options, put } = aRoom()
    await put()
    const entry = await options.store.get(id)
    assert.ok(entry !== null)
    await options.blobs.remove(entry.blob)
    assert.equal((await release(id, async () => undefined, options)).kind, 'lost')
    assert.equal(await options.store.count(), 1)
  })
})

describe('expire and remove', () => {
  it('delete what is old, or unwanted, with its bytes', async () => {
    const { options, put } = aRoom()
    await put()
    options.clock.advance(1_000)
    await put({ id: 'Q2' })
    await put({ id: 'Q3' })
    assert.equal(await expire(500, options), 1)
    assert.equal(await remove('Q2' as QueueId, options), true)
    assert.equal(await remove('Q2' as QueueId, options), false)
    assert.equal((await Array.fromAsync(options.blobs.list())).length, 1)
  })
})
