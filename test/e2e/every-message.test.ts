// SPDX-License-Identifier: Apache-2.0
/**
 * Two hundred real messages at twenty connections: each is somewhere, once, or was refused. They come from the folder
 * named by POSTERN_TEST_CORPUS, else from our own corpus; every-message.ts does the same with all of a corpus.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readMessages } from '../../bench/messages.ts'
import { dataPaths } from '../../src/app/paths.ts'
import { compareCounts, countedActions, findAll, sendAll, settle } from '../support/account-for-all.ts'
import { aGateway } from '../support/gateway.ts'

const sample = 200
const account = 'demo@example.org'

describe('every message', () => {
  it('is delivered once, held once or refused, and the metrics say the same', async () => {
    const folder = process.env.POSTERN_TEST_CORPUS ?? join(import.meta.dirname, '../../corpus')
    const some = await readMessages(folder, sample)
    const messages = Array.from({ length: sample }, (_, i) => some[i % some.length] ?? new Uint8Array())
    await using gateway = await aGateway({
      config: 'mynetworks = ["192.0.2.0/24"]',
      accounts: [[account, 'secret-1']],
    })
    const codes = await sendAll(messages, { port: gateway.ports.mx, connections: 20, recipient: account })
    const { places, wrong } = settle(codes, await findAll(dataPaths(gateway.loaded).root))
    assert.deepEqual(wrong, [])
    assert.equal(codes.length, sample)
    const page = await (await fetch(`http://127.0.0.1:${gateway.ports.http}/metrics`)).text()
    assert.deepEqual(compareCounts(places, countedActions(page)), [])
    assert.equal(places.deferred, 0)
  })
})
