// SPDX-License-Identifier: Apache-2.0
/** Labels that readers and operators give while the gateway runs change what it thinks of the next message. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'
import { dataPaths, shipped } from '../../src/app/paths.ts'
import { Classifier } from '../../src/bayes/examine.ts'
import { trainFiles } from '../../src/bayes/train.ts'
import { realClock } from '../../src/service/real-world.ts'
import { aGateway, type TestGateway } from '../support/gateway.ts'

const anna = 'anna@example.org'
const bert = 'bert@example.org'
const accounts = [
  [anna, 'correct horse'],
  [bert, 'battery staple'],
] as const

async function send(house: TestGateway, to: string, n: number): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: house.ports.mx, tls: { rejectUnauthorized: false } })
  await transport.sendMail({
    envelope: { from: 'news@shop.example', to },
    from: 'Garden News <news@shop.example>',
    to,
    subject: `Garden letter ${n}`,
    text: `Rakes, seeds and gloves for the season, letter number ${n}. Compost is half price until Sunday.`,
  })
  transport.close()
}

async function atMailbox(
  house: TestGateway,
  user: string,
  work: (client: ImapFlow) => Promise<unknown>,
): Promise<void> {
  const pass = accounts.find(([name]) => name === user)?.[1] ?? ''
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: house.ports.imap,
    auth: { user, pass },
    tls: { rejectUnauthorized: false },
    logger: false,
  })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.logout()
  }
}

const moveAll = (from: string, to: string) => async (client: ImapFlow) => {
  const lock = await client.getMailboxLock(from)
  try {
    await client.messageMove('1:*', to)
  } finally {
    lock.release()
  }
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return
    await sleep(50)
  }
  assert.fail(`waited in vain: ${what}`)
}

const learnt = (house: TestGateway, labels: string) => house.metric('postern_bayes_lessons_total', labels)

function probability(house: TestGateway, reader: string): number {
  const raw = Buffer.from(
    'From: Garden News <news@shop.example>\r\nSubject: Garden letter 99\r\n\r\n' +
      'Rakes, seeds and gloves for the season, letter number 99. Compost is half price until Sunday.\r\n',
  )
  const buffer = house.gateway.learning.buffer
  assert.ok(buffer !== null)
  return new Classifier(buffer).classifyRaw(raw, { readers: [reader] }).probability
}

test('what a reader moves into Junk is spam for that reader, what comes back is not', async () => {
  await using house = await aGateway({ accounts, config: '[bayes]\nreach = "user"\n' })
  const before = { anna: probability(house, anna), bert: probability(house, bert) }
  for (const n of [1, 2]) await send(house, anna, n)
  await atMailbox(house, anna, moveAll('INBOX', 'Junk'))
  await until('two lessons of spam', async () => (await learnt(house, 'source="user",label="spam"')) === 2)
  assert.ok(probability(house, anna) > Math.max(0.8, before.anna))
  assert.equal(probability(house, bert), before.bert)
  await atMailbox(house, anna, moveAll('Junk', 'INBOX'))
  await until('two lessons of ham', async () => (await learnt(house, 'source="user",label="ham"')) === 2)
  assert.ok(probability(house, anna) < 0.5)
  await atMailbox(house, anna, moveAll('INBOX', 'Trash'))
  assert.equal(await learnt(house, 'source="user",label="spam"'), 2)
})

test('a trap or the API teaches through the same door, and the same message teaches once', async () => {
  await using house = await aGateway({ accounts })
  const raw = Buffer.from('From: a@b.example\r\nSubject: trap\r\n\r\nzzyzx offer for nobody\r\n')
  const { learner } = house.gateway.learning
  assert.ok(learner !== null)
  for (const _ of [1, 2]) await learner.learn({ raw, spam: true, source: 'trap', reader: '', reach: 'all' })
  const why = (token: string) =>
    new Classifier(house.gateway.learning.buffer ?? assert.fail())
      .classifyRaw(raw, { why: true })
      .why?.find((one) => one.token === token)
  assert.equal(why('zzyzx')?.spam, 4)
  await learner.forget(raw)
  assert.equal(why('zzyzx')?.spam ?? 0, 0)
})

test('what postern train teaches is heard of by the gateway that runs', async () => {
  await using house = await aGateway({ accounts })
  const { model } = dataPaths(house.loaded)
  const before = probability(house, bert)
  const mail = (n: number) =>
    Buffer.from(`From: x@shop.example\nSubject: Garden letter ${n}\n\nRakes, seeds and gloves: compost ${n}.\n`)
  async function* mbox() {
    for (const n of [1, 2, 3]) yield Buffer.concat([Buffer.from('From x\n'), mail(n), Buffer.from('\n')])
  }
  await trainFiles({
    ...{ model, prior: shipped.model, spam: ['-'], ham: [], source: 'administrator', clock: realClock },
    ...{ stdin: mbox(), onProgress: () => undefined, onSkip: () => undefined },
  })
  await until('the gateway takes it up', () => probability(house, bert) > before)
})
