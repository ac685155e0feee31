// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Route } from '../../../src/core/delivery.ts'
import { splitCommand } from '../../../src/delivery/pipe.ts'
import { aJob, someCouriers, summary } from '../../support/couriers.ts'
import { aRecipient, tempFolder } from '../../support/custody.ts'

const never = new AbortController().signal
const text = 'Subject: x\r\n\r\n.dot\r\nlast\r\n'

function program(command: string): Route {
  return { kind: 'pipe', command, url: `pipe:${command}` }
}

/** Who runs the tests runs the program, with macros written as §{name}. */
async function run(script: string, words = '', more: Parameters<typeof someCouriers>[0] = {}) {
  await using folder = await tempFolder()
  const file = join(folder.path, 'program')
  await writeFile(file, `#!/bin/sh\ncd '${folder.path}'\n${script}\n`, { mode: 0o755 })
  await using couriers = someCouriers({
    pipe: { enabled: true, user: null, recipientDelimiter: '+', timeoutMs: 400 },
    ...more,
  })
  const job = await aJob(text, { recipients: [aRecipient('user+tag@example.org', { original: 'alias@example.org' })] })
  const route = program(`${file} ${words.replaceAll('§', '$')}`)
  const outcomes = await couriers.deliver(job, route, never)
  const said = summary(job, outcomes)[0]
  const reply = [...outcomes.values()][0]?.reply?.text ?? ''
  const took = await readFile(join(folder.path, 'took'), 'utf8').catch(() => null)
  return { said, reply, took }
}

describe('a command line', () => {
  for (const [line, words] of [
    ['/bin/a b  c', ['/bin/a', 'b', 'c']],
    [`a "b c" 'd "e' f\\ g ""`, ['a', 'b c', 'd "e', 'f g', '']],
    ['a "b', null],
    ['', []],
  ] as const)
    it(`is split into words: ${line}`, () => assert.deepEqual(splitCommand(line), words))
})

describe('a program', () => {
  it('is given the message with the line ends of its system, and who it is for', async () => {
    const { said, took } = await run(
      'cat > took; echo "$1 $2 $SENDER $ORIGINAL_RECIPIENT $HOME" >> took',
      '§{user} §{extension}',
    )
    assert.equal(said, 'delivered 250 2.0.0')
    const head = 'Return-Path: <sender@example.net>\nDelivered-To: user+tag@example.org\n'
    assert.equal(took, `${head}Subject: x\n\n.dot\nlast\nuser tag sender@example.net alias@example.org \n`)
  })

  for (const [status, said] of [
    [75, 'deferred 451 4.3.0'],
    [74, 'deferred 451 4.3.0'],
    [67, 'bounced 550 5.1.1'],
    [1, 'bounced 550 5.3.0'],
  ] as const) {
    it(`that exits with ${status} has ${said.split(' ')[0]} it, in its own words`, async () => {
      const answer = await run(`echo 'because\tof this' >&2; exit ${status}`)
      assert.equal(answer.said, said)
      assert.match(answer.reply, /: because of this$/)
    })
  }

  it('that hangs is killed with its children, and tried again later', async () => {
    assert.equal((await run('sleep 30 & sleep 30')).said, 'deferred 451 4.3.0')
  })

  it('that reads nothing is believed all the same', async () => {
    assert.equal((await run('exec <&-; exit 0')).said, 'delivered 250 2.0.0')
  })

  it('that is not there, or not allowed, makes the message wait', async () => {
    await using couriers = someCouriers({
      pipe: { enabled: true, user: null, recipientDelimiter: '+', timeoutMs: 400 },
    })
    const job = await aJob(text)
    assert.deepEqual(summary(job, await couriers.deliver(job, program('/no/such/program'), never)), [
      'deferred 451 4.3.5',
    ])
    await using forbidding = someCouriers()
    assert.deepEqual(summary(job, await forbidding.deliver(job, program('/bin/true'), never)), ['deferred 451 4.3.5'])
  })

  it('is not told of an address that looks like one of its options', async () => {
    await using couriers = someCouriers({
      pipe: { enabled: true, user: null, recipientDelimiter: '+', timeoutMs: 400 },
    })
    const job = await aJob(text, { recipients: [aRecipient('-rf@example.org')] })
    const macro = '$'.concat('{recipient}')
    assert.deepEqual(summary(job, await couriers.deliver(job, program(`/bin/echo ${macro}`), never)), [
      'bounced 550 5.1.3',
    ])
    assert.deepEqual(summary(job, await couriers.deliver(job, program(`/bin/echo -- to:${macro}`), never)), [
      'delivered 250 2.0.0',
    ])
  })

  const rootOnly = { skip: process.getuid?.() !== 0 && 'only root may change its user' }
  it('runs as the user of the settings', rootOnly, async () => {
    await using couriers = someCouriers({
      pipe: { enabled: true, user: { uid: 65534, gid: 65534 }, recipientDelimiter: '+', timeoutMs: 2_000 },
    })
    const route = program('/bin/sh -c "id -u; id -g; id -G; exit 1"')
    const outcomes = await couriers.deliver(await aJob(text), route, never)
    assert.match([...outcomes.values()][0]?.reply?.text ?? '', /: 65534 65534 65534$/)
  })
})
