// SPDX-License-Identifier: Apache-2.0
/** Mail to, from and through real servers: Postfix and Dovecot, with curl, swaks and msmtp as clients. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { dkimSign, dkimVerify } from 'mailauth'
import { type ParsedMail, simpleParser } from 'mailparser'
import { makeCertificate } from '../../src/service/certificate.ts'
import { tempFolder } from '../support/custody.ts'
import { aGateway, type TestGateway } from '../support/gateway.ts'
import { aDovecot, aPostfix, freePort, noDovecot, noPostfix, type Peer, until } from '../support/peers.ts'
import { runProgram, without } from '../support/programs.ts'

const account = 'demo@example.org'
const password = 'secret-1'
const stranger = '127.0.0.9'
const config = `
[restrictions]
relay = ["permit_sasl_authenticated", "reject_unauth_destination"]
recipient = ["reject_unlisted_recipient"]
[score]
junk = false
quarantine = false
reject = false
[queue]
minimal_backoff = "1s"
maximal_backoff = "2s"
`

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const dnsKey = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')

/** Every byte of it counts: dots, trailing blanks, long and empty lines, bytes that are not ASCII. */
const body = `.\r\n..two\r\ntrailing \t\r\n${'long '.repeat(180)}\r\n\r\ngr\u00fc\u00dfe\r\n.end\r\n\r\n`

async function signed(subject: string): Promise<string> {
  const mail = `From: Ann <ann@third.example>\r\nTo: box@postfix.example\r\nSubject: ${subject}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <${subject}@third.example>\r\n\r\n${body}`
  const key = {
    signingDomain: 'third.example',
    selector: 's',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    canonicalization: 'simple/simple',
  }
  const { signatures } = await dkimSign(Buffer.from(mail), { ...key, signatureData: [key] })
  return signatures + mail
}

/** What the signature is worth by a verifier that is none of ours. Mailboxes have the line ends of their system. */
async function dkimOf(stored: string | undefined): Promise<string | undefined> {
  const bytes = Buffer.from((stored ?? '').replace(/\r?\n/g, '\r\n'), 'latin1')
  const { results } = await dkimVerify(bytes, { resolver: async () => [[`v=DKIM1; k=ed25519; p=${dnsKey}`]] })
  return results[0]?.status.result
}

async function upload(port: number, from: string, to: readonly string[], mail: string, ...words: string[]) {
  await using folder = await tempFolder()
  const file = join(folder.path, 'mail.eml')
  await writeFile(file, mail)
  const recipients = to.flatMap((address) => ['--mail-rcpt', address])
  const url = `smtp://127.0.0.1:${port}/client.third.example`
  return await runProgram('curl', ['-sSv', '--url', url, '--mail-from', from, ...recipients, '-T', file, ...words])
}

function swaks(port: number, ...words: string[]) {
  return runProgram('swaks', ['--server', `127.0.0.1:${port}`, '--helo', 'client.third.example', ...words])
}

async function msmtp(gateway: TestGateway, words: readonly string[], mail: string) {
  await using folder = await tempFolder()
  const file = join(folder.path, 'msmtprc')
  const lines = [
    'account default',
    'host 127.0.0.1',
    `port ${gateway.ports.submission}`,
    'tls on',
    'tls_starttls on',
    'tls_certcheck off',
    'auth plain',
    `user ${account}`,
    `password ${password}`,
    `from ${account}`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return await runProgram('msmtp', ['--file', file, ...words], mail)
}

async function inbox(gateway: TestGateway, holds: string): Promise<string> {
  const look = async () => (await gateway.messagesIn(account, 'INBOX')).filter((mail) => mail.includes(holds))
  return (await until(look, (found) => found.length > 0))[0] ?? ''
}

/** The fields of a report about one recipient, as a mail reader finds them. */
async function report(mail: string): Promise<{ mail: ParsedMail; status: string; returned: string }> {
  const parsed = await simpleParser(Buffer.from(mail, 'latin1'))
  const returned = parsed.attachments.find(({ contentType }) => /rfc822/.test(contentType))?.content.toString() ?? ''
  // It shows what is there for programs among its text.
  const status = parsed.text ?? ''
  return { mail: parsed, status, returned }
}

const skipPostfix = noPostfix() || without('curl', 'swaks')
describe('Postfix', { skip: skipPostfix }, () => {
  let gateway: TestGateway
  let postfix: Peer
  let folder: Awaited<ReturnType<typeof tempFolder>>
  before(async () => {
    folder = await tempFolder()
    const files = { key: join(folder.path, 'key.pem'), certificate: join(folder.path, 'certificate.pem') }
    await makeCertificate(files, 'mx.postfix.example', Date.now())
    const port = await freePort()
    const hop = `smtp://127.0.0.1:${port}`
    const settings = `
[domains."postfix.example"]
deliver = "${hop}"
tell_client = "xforward"
[domains."fourth.example"]
deliver = "${hop}"
tell_client = "xclient"
recipients = "any"
[routes]
"elsewhere.example" = "smtp://mx.postfix.example:${port}"
"third.example" = "${hop}"
[rewriting]
virtual_maps = ["inline:{{list@example.org = box@elsewhere.example second@postfix.example}}"]
srs_domain = "srs.example.org"
[delivery]
tls_ca = "${files.certificate}"
[delivery.tls_policies]
"mx.postfix.example" = "verify"
`
    const zone = 'mx.postfix.example A 127.0.0.1\n'
    gateway = await aGateway({ config: config + settings, zone, accounts: [[account, password]] })
    const back = `smtp:[127.0.0.1]:${gateway.ports.mx}`
    postfix = await aPostfix(port, { 'example.org': back, 'srs.example.org': back }, [
      'smtpd_tls_security_level = may',
      `smtpd_tls_cert_file = ${files.certificate}`,
      `smtpd_tls_key_file = ${files.key}`,
      'smtpd_tls_received_header = yes',
    ])
  })
  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await postfix?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })
  const box = async (name: string, holds: string) => {
    const look = async () => (await postfix.mailbox(name)).filter((mail) => mail.includes(holds))
    return (await until(look, (found) => found.length > 0))[0]
  }

  it('as next hop gets each byte in-line: what DKIM signed still verifies', async () => {
    const mail = await signed('inline')
    const sent = await upload(
      gateway.ports.mx,
      'ann@third.example',
      ['box@postfix.example'],
      mail,
      '--interface',
      stranger,
    )
    assert.equal(sent.exitCode, 0, sent.err)
    // Its own words, with the id under which our log knows the message.
    assert.match(sent.err, /^< 250 2\.0\.0 Ok: queued as [0-9A-Za-z]+ \[/m)
    const stored = await box('box', 'Subject: inline')
    assert.equal(await dkimOf(stored), 'pass')
    assert.ok(stored?.endsWith(Buffer.from(body.replaceAll('\r\n', '\n')).toString('latin1')))
  })

  it('is asked for recipients, and its log knows the client by XFORWARD, or takes it for its own by XCLIENT', async () => {
    const unknown = await swaks(gateway.ports.mx, '--local-interface', stranger, '--to', 'none@postfix.example')
    assert.match(unknown.out, /^<\*\* 550 5\.1\.1 /m)
    assert.match(await postfix.log(), /client=unknown\[127\.0\.0\.9\]/)
    const sent = await swaks(
      gateway.ports.mx,
      '--local-interface',
      stranger,
      '--from',
      'a@third.example',
      '--to',
      'box@fourth.example',
    )
    assert.equal(sent.exitCode, 0, sent.out)
    // After XCLIENT that is who has been connected, after XFORWARD only whom a message is from.
    const log = await until(postfix.log, (lines) => /disconnect from unknown\[127\.0\.0\.9\]/.test(lines))
    assert.match(log, /disconnect from unknown\[127\.0\.0\.9\]/)
  })

  it('as client reaches our mailboxes', async () => {
    const sent = await swaks(
      postfix.port,
      '--from',
      'ann@third.example',
      '--to',
      account,
      '--header',
      'Subject: from postfix',
    )
    assert.equal(sent.exitCode, 0, sent.out)
    const stored = await inbox(gateway, 'Subject: from postfix')
    assert.match(stored, /^Received: from mx\.postfix\.example \(.* \[127\.0\.0\.1\]\)/m)
    assert.match(stored, /^Return-Path: <ann@third\.example>/m)
  })

  it('on both sides of an alias: signed mail verifies, its sender is rewritten, and the bounce finds the way back', async () => {
    const mail = await signed('circle')
    const sent = await upload(postfix.port, 'box@third.example', ['list@example.org'], mail)
    assert.equal(sent.exitCode, 0, sent.err)
    const [away, near] = [await box('box', 'Subject: circle'), await box('second', 'Subject: circle')]
    assert.equal(await dkimOf(away), 'pass')
    // That destination's policy is "verify".
    assert.match(away ?? '', /^Received: from postern\.example\.org [\s\S]*?\(using TLSv1\.3 with cipher /m)
    assert.equal(await dkimOf(near), 'pass')
    assert.match(near ?? '', /^Return-Path: <box@third\.example>/m)
    const srs = /^Return-Path: <(SRS0=[^>]+@srs\.example\.org)>/m.exec(away ?? '')?.[1] ?? ''
    assert.notEqual(srs, '')
    const words = ['--from', '<>', '--to', srs, '--header', 'Subject: it bounced']
    const bounced = await swaks(gateway.ports.mx, '--local-interface', stranger, ...words)
    assert.equal(bounced.exitCode, 0, bounced.out)
    assert.match((await box('box', 'Subject: it bounced')) ?? '', /^X-Original-To: box@third\.example$/m)
    const forged = await swaks(
      gateway.ports.mx,
      '--local-interface',
      stranger,
      '--from',
      '<>',
      '--to',
      srs.replace(/=.{6}=/, '=AAAAAA='),
    )
    assert.match(forged.out, /^<\*\* 550 5\.1\.1 /m)
  })

  it('is passed the DSN parameters, and tells our user of success itself', { skip: without('msmtp') }, async () => {
    const mail = `From: ${account}\nTo: box@elsewhere.example\nSubject: told of success\n\nhello\n`
    const words = ['--dsn-notify=success,failure', '--dsn-return=headers', 'box@elsewhere.example']
    const sent = await msmtp(gateway, words, mail)
    assert.equal(sent.exitCode, 0, sent.err)
    const { mail: note, status } = await report(await inbox(gateway, 'Action: delivered'))
    assert.equal(note.from?.text.includes('postfix.example'), true)
    assert.match(status, /^Action: delivered$/m)
    assert.match(status, /^(?:Original|Final)-Recipient: rfc822;\s*box@elsewhere\.example$/m)
  })

  it('that refuses a recipient brings about a report that a mail reader understands', {
    skip: without('msmtp'),
  }, async () => {
    const mail = `From: ${account}\nTo: none@elsewhere.example\nSubject: never arrives\n\nhello\n`
    const sent = await msmtp(gateway, ['none@elsewhere.example'], mail)
    assert.equal(sent.exitCode, 0, sent.err)
    const { mail: note, status, returned } = await report(await inbox(gateway, 'Action: failed'))
    assert.equal(note.headers.get('auto-submitted'), 'auto-replied')
    assert.match(note.text ?? '', /<none@elsewhere\.example>:\s+mx\.postfix\.example\S* said: 550 5\.1\.1 /)
    assert.match(status, /^Reporting-MTA: dns; /m)
    assert.match(
      status,
      /^Final-Recipient: rfc822; none@elsewhere\.example\r?\nAction: failed\r?\nStatus: 5\.1\.1\r?\nRemote-MTA: dns; mx\.postfix\.example\r?$/m,
    )
    assert.match(returned, /^Subject: never arrives/m)
  })
})

describe('Dovecot, over LMTP', { skip: noDovecot() || without('curl', 'msmtp') }, () => {
  let gateway: TestGateway
  let dovecot: Awaited<ReturnType<typeof aDovecot>>
  before(async () => {
    dovecot = await aDovecot(await freePort())
    const settings = `
[domains."dovecot.example"]
deliver = "lmtp://127.0.0.1:${dovecot.port}"
[domains."socket.example"]
deliver = "lmtp://${dovecot.socket}"
recipients = "any"
[rewriting]
virtual_maps = ["inline:{{box@socket.example = box@dovecot.example}}"]
[delivery]
transport_maps = ["inline:{{.unix.example = lmtp:unix:${dovecot.socket}}}"]
`
    gateway = await aGateway({ config: config + settings, accounts: [[account, password]] })
  })
  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await dovecot?.[Symbol.asyncDispose]()
  })

  it('answers for each recipient: one refused at RCPT, one given it, one over quota', async () => {
    const recipients = ['box@dovecot.example', 'full@dovecot.example']
    const mail = (await signed('lmtp')) + 'x'.repeat(900).concat('\r\n').repeat(3)
    const none = await upload(
      gateway.ports.mx,
      'ann@third.example',
      ['none@dovecot.example'],
      mail,
      '--interface',
      stranger,
    )
    assert.match(none.err, /^< 550 5\.1\.1 /m)
    const sent = await upload(gateway.ports.mx, 'ann@third.example', recipients, mail, '--interface', stranger)
    assert.equal(sent.exitCode, 0, sent.err)
    assert.equal((await dovecot.mailbox('box')).length, 1)
    assert.equal((await dovecot.mailbox('full')).length, 0)
    // The one that was refused late is kept for a person, not bounced to a stranger.
    const held = await Array.fromAsync(gateway.gateway.custody.quarantine.list())
    assert.deepEqual(
      held.map(({ envelope }) => envelope.recipients.map(({ address }) => address.localPart)),
      [['full']],
    )
    const alone = await upload(
      gateway.ports.mx,
      'ann@third.example',
      ['full@dovecot.example'],
      mail,
      '--interface',
      stranger,
    )
    assert.match(alone.err, /^< 552 5\.2\.2 /m)
  })

  it('says nothing of success to our user, so we do', async () => {
    const mail = `From: ${account}\nTo: box@dovecot.example\nSubject: told by us\n\nhello\n`
    const sent = await msmtp(gateway, ['--dsn-notify=success', 'box@dovecot.example'], mail)
    assert.equal(sent.exitCode, 0, sent.err)
    const { mail: note, status, returned } = await report(await inbox(gateway, 'Action: delivered'))
    assert.equal(note.subject, 'Your message was delivered')
    assert.match(status, /^Final-Recipient: rfc822; box@dovecot\.example\r?\nAction: delivered\r?\nStatus: 2\.0\.0/m)
    assert.match(returned, /^Subject: told by us/m)
    assert.doesNotMatch(returned, /hello/)
  })

  it('is reached over its Unix socket, and knows only its own users', async () => {
    const count = (await dovecot.mailbox('box')).length
    const mail = await signed('socket')
    const sent = await upload(
      gateway.ports.mx,
      'ann@third.example',
      ['box@socket.example'],
      mail,
      '--interface',
      stranger,
    )
    assert.equal(sent.exitCode, 0, sent.err)
    const stored = await dovecot.mailbox('box')
    assert.equal(stored.length, count + 1)
    assert.equal(await dkimOf(stored.find((one) => one.includes('Subject: socket'))), 'pass')
    const other = await upload(
      gateway.ports.mx,
      'ann@third.example',
      ['any@socket.example'],
      mail,
      '--interface',
      stranger,
    )
    assert.match(other.err, /^< 550 5\.1\.1 /m)
  })
})
