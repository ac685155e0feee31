// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { Journal } from '../../../src/history/journal.ts'
import { findHistory, listHistory } from '../../../src/history/read.ts'
import { bounded, type HistoryRecord, parseRecord } from '../../../src/history/record.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { silentLog, silentMeter } from '../../support/silent.ts'

const start = Date.parse('2026-03-10T12:00:00Z')

function aRecord(number: number, more: Partial<HistoryRecord> = {}): HistoryRecord {
  return {
    at: new Date(start + number * 1000).toISOString(),
    id: `ID${number}`,
    way: 'inbound',
    client: '192.0.2.1',
    clientName: null,
    helo: 'client.example',
    user: null,
    from: 'a@example.net',
    to: ['user@example.org'],
    bytes: 100,
    action: 'accept',
    score: 0.5,
    by: 'score',
    reply: '250 2.0.0 Ok',
    evidence: [{ symbol: 'SPF_PASS', points: 0, details: [], source: 'msgauth' }],
    trace: [],
    incomplete: [],
    ...more,
  }
}

describe('history', () => {
  let folder: string
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'postern-history-')), 'history')
  })
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }))

  async function write(records: readonly HistoryRecord[], more: { dayLimit?: number; now?: number } = {}) {
    const journal = new Journal({
      folder,
      keepMs: 3 * 86_400_000,
      dayLimit: more.dayLimit ?? 1_000_000,
      clock: fakeClock(more.now ?? start),
      log: silentLog,
      meter: silentMeter,
    })
    for (const record of records) journal.add(record)
    await journal[Symbol.asyncDispose]()
  }
  const ids = async (filter: Parameters<typeof listHistory>[1] = {}, most = 100) =>
    (await listHistory(folder, filter, most)).map(({ id }) => id)

  it('is empty where nothing was ever written', async () => assert.deepEqual(await ids(), []))

  it('lists the newest first, across days, and no more than asked for', async () => {
    const later = aRecord(4, { at: '2026-03-11T00:00:01.000Z' })
    await write([aRecord(1), aRecord(2), aRecord(3), later])
    assert.deepEqual(await ids(), ['ID4', 'ID3', 'ID2', 'ID1'])
    assert.deepEqual(await ids({}, 2), ['ID4', 'ID3'])
    assert.deepEqual(await ids({ since: '2026-03-11' }), ['ID4'])
  })

  it('finds by every field', async () => {
    await write([
      aRecord(1, { client: '192.0.2.9', clientName: 'mail.Sender.example' }),
      aRecord(2, { from: 'Boss@Corp.example', action: 'reject' }),
      aRecord(3, { to: ['x@example.org', 'second@example.org'], evidence: [] }),
    ])
    assert.deepEqual(await ids({ client: '192.0.2.9' }), ['ID1'])
    assert.deepEqual(await ids({ client: 'sender.example' }), ['ID1'])
    assert.deepEqual(await ids({ from: 'corp' }), ['ID2'])
    assert.deepEqual(await ids({ to: 'second@' }), ['ID3'])
    assert.deepEqual(await ids({ action: 'reject' }), ['ID2'])
    assert.deepEqual(await ids({ symbol: 'SPF_PASS' }), ['ID2', 'ID1'])
  })

  it('shows everything under one id, oldest first', async () => {
    await write([aRecord(1, { reply: 'first' }), aRecord(2), aRecord(1, { reply: 'second' })])
    assert.deepEqual(
      (await findHistory(folder, 'ID1')).map(({ reply }) => reply),
      ['first', 'second'],
    )
    assert.deepEqual(await findHistory(folder, 'ID9'), [])
  })

  it('goes on in the file of the day after a restart, and is for the service alone', async () => {
    await write([aRecord(1)])
    await write([aRecord(2)])
    assert.deepEqual(await ids(), ['ID2', 'ID1'])
    const [file = ''] = readdirSync(folder)
    assert.equal(statSync(join(folder, file)).mode & 0o077, 0)
    assert.equal(statSync(folder).mode & 0o077, 0)
  })

  it('deletes the days that are too old', async () => {
    mkdirSync(folder)
    for (const day of ['2026-03-01', '2026-03-06', '2026-03-07', 'notes'])
      writeFileSync(join(folder, `${day}.jsonl`), '')
    await write([aRecord(1)])
    assert.deepEqual(readdirSync(folder).sort(), ['2026-03-07.jsonl', '2026-03-10.jsonl', 'notes.jsonl'])
  })

  it('keeps no more than the limit of a day, restarts counted', async () => {
    const limit = JSON.stringify(aRecord(1)).length * 2 + 50
    await write([aRecord(1), aRecord(2), aRecord(3)], { dayLimit: limit })
    await write([aRecord(4)], { dayLimit: limit })
    assert.deepEqual(await ids(), ['ID2', 'ID1'])
  })

  it('passes over lines that a crash tore', async () => {
    await write([aRecord(1)])
    appendFileSync(join(folder, '2026-03-10.jsonl'), '{"at":"2026-03-10T12:00\n[]\n7\n')
    await write([aRecord(2)])
    assert.deepEqual(await ids(), ['ID2', 'ID1'])
  })

  it('loses records and nothing else when the folder cannot be written', async () => {
    writeFileSync(folder, 'a file where the folder should be')
    await write([aRecord(1)])
    assert.ok(existsSync(folder))
  })

  it('cuts what strangers made long', () => {
    const long = 'x'.repeat(5000)
    const evidence = Array.from({ length: 500 }, () => ({ symbol: 'S', points: 0, details: [long], source: 's' }))
    const record = bounded(
      aRecord(1, { from: long, to: Array.from({ length: 900 }, () => long), helo: long, evidence }),
    )
    assert.ok(JSON.stringify(record).length < 120_000)
    assert.deepEqual(parseRecord(JSON.stringify(record)), record)
  })
})
