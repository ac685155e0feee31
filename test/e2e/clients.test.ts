// SPDX-License-Identifier: Apache-2.0
/** Mail that real programs send is seen by real mail readers. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ImapFlow } from 'imapflow'
import { aGateway, type TestGateway } from '../support/gateway.ts'
import { runProgram, without } from '../support/programs.ts'

const account = 'demo@example.org'
const password = 'secret-1'

describe('a whole gateway', () => {
  let gateway: TestGateway
  before(async () => {
    const config = '[score]\njunk = 6\nquarantine = false\nreject = false'
    gateway = await aGateway({ config, accounts: [[account, password]] })
  })
  after(() => gateway[Symbol.asyncDispose]())

  const swaks = (port: number, ...words: string[]) =>
    runProgram('swaks', ['--server', `127.0.0.1:${port}`, '--to', account, '--helo', 'client.example.net', ...words])
  const fromStranger = (...words: string[]) =>
    swaks(gateway.ports.mx, '--local-interface', '127.0.0.9', '--from', 'friend@example.net', ...words)

  it('takes a message from swaks over STARTTLS, and curl reads it over IMAPS', {
    skip: without('swaks', 'curl'),
  }, async () => {
    const sent = await fromStranger('--tls', '--header', 'Subject: the plan for Monday', '--body', 'We begin at nine.')
    assert.equal(sent.exitCode, 0, sent.out)
    const url = `imaps://127.0.0.1:${gateway.ports.imaps}/INBOX;MAILINDEX=1`
    const read = await runProgram('curl', ['-sk', '--user', `${account}:${password}`, url])
    assert.equal(read.exitCode, 0, read.err)
    assert.match(read.out, /^Subject: the plan for Monday\r$/m)
    assert.match(read.out, /^Authentication-Results: postern\.example\.org;/m)
    assert.match(read.out, /with ESMTPS\s+id/)
    assert.match(read.out, /We begin at nine\./)
  })

  it('puts a condemned one into Junk, where imapflow finds it', { skip: without('swaks') }, async () => {
    const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
    const sent = await fromStranger('--header', 'Subject: not for the inbox', '--body', gtube)
    assert.equal(sent.exitCode, 0, sent.out)
    const reader = new ImapFlow({
      host: '127.0.0.1',
      port: gateway.ports.imaps,
      secure: true,
      tls: { rejectUnauthorized: false },
      auth: { user: account, pass: password },
      logger: false,
    })
    await reader.connect()
    await reader.mailboxOpen('Junk')
    const found = await reader.fetchOne('*', { envelope: true, headers: true })
    await reader.logout()
    assert.ok(found)
    assert.equal(found.envelope?.subject, 'not for the inbox')
    assert.match(found.headers?.toString() ?? '', /^X-Spam-Flag: YES/m)
  })

  it('takes submissions of its own users, signed in over TLS', { skip: without('swaks') }, async () => {
    const words = ['--from', account, '--auth', 'PLAIN', '--auth-user', account, '--header', 'Subject: note to myself']
    const wrong = await swaks(gateway.ports.submissions, '--tls-on-connect', ...words, '--auth-password', 'not-this')
    assert.equal(wrong.exitCode, 28, wrong.out)
    assert.match(wrong.out, /535 5\.7\.8/)
    const sent = await swaks(gateway.ports.submission, '--tls', ...words, '--auth-password', password)
    assert.equal(sent.exitCode, 0, sent.out)
    const inbox = await gateway.messagesIn(account, 'INBOX')
    assert.ok(inbox.some((message) => message.includes('Subject: note to myself')))
  })

  it('is a relay for nobody', { skip: without('swaks') }, async () => {
    for (const port of [gateway.ports.mx, gateway.ports.submission]) {
      const words = ['--local-interface', '127.0.0.9', '--from', 'a@example.net', '--to', 'b@elsewhere.example']
      const sent = await runProgram('swaks', ['--server', `127.0.0.1:${port}`, ...words])
      assert.match(sent.out, /^<\*\* 5\d\d /m, sent.out)
    }
  })
})
