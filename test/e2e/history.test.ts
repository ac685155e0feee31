// SPDX-License-Identifier: Apache-2.0
/** An administrator is asked about a mail: what became of it, and why? */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { demoConfig } from '../../src/config/demo.ts'
import type { HistoryRecord } from '../../src/history/record.ts'
import { sendAll } from '../support/account-for-all.ts'
import { postern } from '../support/cli.ts'
import { aGateway } from '../support/gateway.ts'

const letter = (text: string) => Buffer.from(`From: a@example.net\r\nSubject: x\r\n\r\n${text}\r\n.\r\n`)
const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'

describe('postern history', () => {
  it('tells what was delivered, what was refused at RCPT and what at end of DATA, each with its reasons', async () => {
    await using gateway = await aGateway({
      config: 'mynetworks = ["192.0.2.0/24"]',
      accounts: [['demo@example.org', 'secret-1']],
    })
    const send = (text: string, recipient: string) =>
      sendAll([letter(text)], { port: gateway.ports.mx, connections: 1, recipient })
    await send('hello', 'demo@example.org')
    await send('hello', 'nobody@example.org')
    await send(gtube, 'demo@example.org')

    const root = gateway.loaded.base
    const config = join(root, 'history.toml')
    writeFileSync(
      config,
      demoConfig(root, () => 0),
    )
    const records = async (...words: string[]): Promise<HistoryRecord[]> => {
      const ran = await postern('history', ...words, '--json', '--config', config)
      assert.equal(ran.exitCode, 0, ran.err)
      return ran.out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
    }
    for (const end = Date.now() + 5000; (await records('list')).length < 3 && Date.now() < end; ) await wait(50)

    const [condemned, unknown, delivered] = await records('list')
    assert.equal(delivered?.reply.slice(0, 9), '250 2.0.0')
    assert.equal(unknown?.action, 'reject')
    assert.deepEqual(unknown?.to, ['nobody@example.org'])
    assert.equal(unknown?.trace.at(-1)?.restriction, 'reject_unlisted_recipient')
    assert.equal(unknown?.trace.at(-1)?.ruling, 'reject')
    assert.equal(condemned?.action, 'reject')
    assert.equal(condemned?.evidence[0]?.symbol, 'GTUBE')

    assert.deepEqual(await records('list', '--symbol', 'GTUBE'), [condemned])
    assert.deepEqual(await records('show', condemned?.id ?? ''), [condemned])
    const shown = await postern('history', 'show', condemned?.id ?? '', '--config', config)
    assert.match(shown.out, /GTUBE .*20_body\.cf:\d+/)
    const missing = await postern('history', 'show', 'NOWHERE', '--config', config)
    assert.equal(missing.exitCode, 66)
  })
})
