// SPDX-License-Identifier: Apache-2.0
/** What a next hop is told beside the message: DSN parameters, SMTPUTF8, the client, credentials. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Origin } from '../../../src/core/envelope.ts'
import type { CouriersOptions } from '../../../src/delivery/open.ts'
import { preambleOf } from '../../../src/delivery/origin.ts'
import { dsnParameters } from '../../../src/delivery/parameters.ts'
import { aJob, localRoute, someCouriers, summary } from '../../support/couriers.ts'
import { address, aRecipient } from '../../support/custody.ts'
import { aSink, type SinkScript } from '../../support/sink.ts'

const never = new AbortController().signal
const text = 'Subject: x\r\n\r\nhello\r\n'
const origin: Origin = { ip: '192.0.2.7', port: 4711, name: 'mail.example.net', helo: 'he lo', protocol: 'ESMTP' }

type Job = Parameters<typeof aJob>

async function send(script: SinkScript, [bytes, envelope]: Job, more: Partial<CouriersOptions> = {}) {
  await using sink = await aSink(script)
  await using couriers = someCouriers(more)
  const job = await aJob(bytes, envelope)
  const said = summary(job, await couriers.deliver(job, localRoute('smtp', sink.port), never))
  return { said, sink, commands: sink.commands.filter((line) => !/^(QUIT|RSET)/.test(line)) }
}

describe('the DSN parameters of a recipient', () => {
  for (const [original, notify, said] of [
    ['user@example.org', [], ''],
    ['user@example.org', ['never'], 'NOTIFY=NEVER'],
    ['alias@example.org', ['success', 'delay'], 'NOTIFY=SUCCESS,DELAY ORCPT=rfc822;alias@example.org'],
    ['rfc822;a+b=c@example.org', [], 'ORCPT=rfc822;a+2Bb+3Dc@example.org'],
    ['x400;/C=de/', [], 'ORCPT=x400;/C+3Dde/'],
    ['jürgen@example.org', [], 'ORCPT=utf-8;j\\x{FC}rgen@example.org'],
    ['utf-8;j\\x{FC}rgen@example.org', [], 'ORCPT=utf-8;j\\x{FC}rgen@example.org'],
    [`rfc822;${'a'.repeat(600)}`, [], ''],
  ] as const) {
    it(`"${original.slice(0, 40)}" ${notify.join()}: ${said}`, () =>
      assert.equal(dsnParameters(aRecipient('user@example.org', { original, notify })), said))
  }

  it('are passed on for each recipient in one transaction, with RET and ENVID', async () => {
    const recipients = [
      aRecipient('a@example.org', { notify: ['never'] }),
      aRecipient('b@example.org', { notify: ['failure'], original: 'alias@example.org' }),
      aRecipient('c@example.org'),
    ]
    const { commands, said } = await send({}, [text, { recipients, envid: 'QQ 1+2', dsnReturns: 'headers' }])
    assert.deepEqual(said, Array(3).fill('delivered 250 2.0.0'))
    assert.match(commands[1] ?? '', / RET=HDRS ENVID=QQ\+201\+2B2$/)
    assert.deepEqual(commands.slice(2, 5), [
      'RCPT TO:<a@example.org> NOTIFY=NEVER',
      'RCPT TO:<b@example.org> NOTIFY=FAILURE ORCPT=rfc822;alias@example.org',
      'RCPT TO:<c@example.org>',
    ])
    const plain = await send({ offers: ['PIPELINING'] }, [text, { recipients, envid: 'QQ1' }])
    assert.ok(plain.commands.every((line) => !/NOTIFY|ENVID|ORCPT/.test(line)))
  })
})

describe('internationalized mail', () => {
  const header = Buffer.from('Subject: grüße\r\n\r\nhello\r\n')
  const offers = ['PIPELINING', '8BITMIME', 'SMTPUTF8']

  it('is declared for its header section alone', async () => {
    const { commands } = await send({ offers }, [header, { smtpUtf8: true }])
    assert.match(commands[1] ?? '', /^MAIL FROM:<sender@example\.net> .*\bSMTPUTF8\b/)
  })

  it('that is ASCII in truth goes anywhere, undeclared', async () => {
    const body = Buffer.from('Subject: x\r\n\r\ngrüße\r\n')
    const { commands, said } = await send({ offers: ['8BITMIME'] }, [body, { smtpUtf8: true }])
    assert.deepEqual(said, ['delivered 250 2.0.0'])
    assert.doesNotMatch(commands[1] ?? '', /SMTPUTF8/)
  })

  it('is refused, for those whom it concerns, by a next hop that cannot have it', async () => {
    const mixed = { recipients: [aRecipient('a@example.org'), aRecipient('jürgen@example.org')] }
    assert.deepEqual((await send({ offers: [] }, [text, mixed])).said, ['delivered 250 2.0.0', 'bounced 553 5.6.7'])
    assert.deepEqual((await send({ offers: [] }, [header, { smtpUtf8: true }])).said, ['bounced 553 5.6.7'])
    const sender = { reversePath: address('jürgen@example.net') }
    assert.deepEqual((await send({ offers: [] }, [text, sender])).said, ['bounced 553 5.6.7'])
  })

  it('has its domains in ASCII, so that they alone need no SMTPUTF8', async () => {
    const { commands } = await send({ offers: [] }, [text, { recipients: [aRecipient('a@exämple.org')] }])
    assert.equal(commands[2], 'RCPT TO:<a@xn--exmple-cua.org>')
  })
})

describe('a next hop that trusts us', () => {
  const xforward = 'XFORWARD NAME ADDR PROTO HELO SOURCE PORT'

  it('is told who the client was, for its log', async () => {
    const { commands, said } = await send({ offers: [xforward] }, [text, { origin }], { originFor: () => 'xforward' })
    assert.deepEqual(said, ['delivered 250 2.0.0'])
    const told = 'NAME=mail.example.net ADDR=192.0.2.7 PORT=4711 PROTO=ESMTP HELO=[UNAVAILABLE] SOURCE=REMOTE'
    assert.equal(commands[1], `XFORWARD ${told}`)
    assert.match(commands[2] ?? '', /^MAIL/)
  })

  it('is not told when it does not ask, or when there is no client', async () => {
    const without = await send({}, [text, { origin }], { originFor: () => 'xforward' })
    assert.match(without.commands[1] ?? '', /^MAIL/)
    const own = await send({ offers: [xforward] }, [text, {}], { originFor: () => 'xforward' })
    assert.match(own.commands[1] ?? '', /^MAIL/)
  })

  it('judges the client itself after XCLIENT, over a connection that serves no other', async () => {
    await using sink = await aSink({
      offers: ['XCLIENT NAME ADDR PROTO HELO'],
      answer: (_step, line) => (line.startsWith('XCLIENT') ? '220 sink' : undefined),
    })
    await using couriers = someCouriers({ originFor: () => 'xclient' })
    for (const job of [await aJob(text, { origin }), await aJob(text)]) {
      const said = summary(job, await couriers.deliver(job, localRoute('smtp', sink.port), never))
      assert.deepEqual(said, ['delivered 250 2.0.0'])
    }
    const verbs = sink.commands.map((line) => line.split(' ')[0]).filter((verb) => verb !== 'QUIT')
    assert.deepEqual(verbs, ['EHLO', 'XCLIENT', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'EHLO', 'MAIL', 'RCPT', 'DATA'])
    assert.equal(sink.connections(), 2)
  })

  it('is told in lines of a length that it takes', () => {
    const long = { ...origin, name: 'a'.repeat(250), helo: 'b'.repeat(250) }
    const lines = preambleOf('xforward', long, new Map([['XFORWARD', 'NAME ADDR PORT PROTO HELO SOURCE']]))
    assert.equal(lines.length, 2)
    assert.ok(lines.every((line) => line.length <= 510))
    const v6 = preambleOf('xclient', { ...origin, ip: '2001:db8::1', name: null }, new Map([['XCLIENT', 'NAME ADDR']]))
    assert.deepEqual(v6, ['XCLIENT NAME=[UNAVAILABLE] ADDR=IPV6:2001:db8::1'])
  })
})
