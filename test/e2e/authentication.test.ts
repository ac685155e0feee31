// SPDX-License-Identifier: Apache-2.0
/** [msgauth] and keys through a whole gateway: what a client hears, and what a reader or a next hop gets. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { openMailStores } from '../../src/app/mail-stores.ts'
import type { Domain } from '../../src/core/brand.ts'
import { assess } from '../../src/msgauth/assess.ts'
import { dnsRecord, type SigningKey } from '../../src/msgauth/keys.ts'
import { aGateway } from '../support/gateway.ts'
import { aSink } from '../support/sink.ts'
import { anInput, type Zone } from '../unit/msgauth/zone.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const sealing: SigningKey = {
  domain: 'seal.example' as Domain,
  selector: 's',
  algorithm: 'rsa-sha256',
  key: privateKey,
}

const zone = `
bank.example TXT "v=spf1 -all exp=why.bank.example"
why.bank.example TXT "%{i} is none of ours"
_dmarc.bank.example TXT "v=DMARC1; p=reject"
list.example TXT "v=spf1 ip4:127.0.0.0/8 -all"
`

/** Sends one message from 127.0.0.9, a stranger, and resolves with the reply to it. */
function send(port: number, from: string, author: string, to: string, more: readonly string[] = []): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const head = [...more, `From: <${author}>`, 'Subject: tea', 'Date: Thu, 19 Nov 2026 10:00:00 +0000']
  const message = [...head, 'Message-ID: <1@list.example>', '', 'Tea at four?', '.'].join('\r\n')
  const say = ['EHLO mail.list.example', `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA', message]
  const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.9' })
  let reply = ''
  socket.on('error', reject)
  socket.on('close', () => resolve(reply))
  socket.on('data', (chunk) => {
    for (const line of chunk.toString('latin1').split('\r\n')) {
      if (!/^[0-9]{3} /.test(line)) continue
      reply = line
      const next = say.shift()
      if (next === undefined || /^[45]/.test(line)) return void socket.destroy()
      socket.write(`${next}\r\n`)
    }
  })
  return promise
}

const accounts = [['demo@example.org', 'secret']] as const
const us = 'demo@example.org'

describe('policy and header fields', () => {
  it('by default: DMARC is obeyed, an SPF fail alone refuses nothing, forged fields are removed', async () => {
    await using gateway = await aGateway({ zone, accounts })
    const { mx } = gateway.ports
    assert.match(await send(mx, 'a@list.example', 'x@bank.example', us), /^550 5\.7\.26 .*bank\.example/)
    assert.match(await send(mx, 'a@bank.example', 'x@list.example', us), /^250/)
    const forged = [
      'Authentication-Results: postern.example.org; dmarc=pass header.from=bank.example',
      'Received-SPF: pass (postern.example.org: fine) receiver=postern.example.org;',
      'Authentication-Results: other.example; spf=none',
    ]
    assert.match(await send(mx, 'a@list.example', 'x@list.example', us, forged), /^250/)
    const inbox = await gateway.messagesIn(us, 'INBOX')
    const [head = ''] = inbox.find((text) => text.includes('other.example'))?.split('\r\n\r\n') ?? []
    assert.ok(!/header\.from=bank\.example|fine/.test(head), head)
    assert.match(head, /^Authentication-Results: other\.example; spf=none/m)
    assert.match(head, /^Authentication-Results: postern\.example\.org;[\s\S]*spf=pass smtp\.mailfrom=a@list\.example/m)
    assert.match(head, /^Received-SPF: pass \(postern\.example\.org: [\s\S]*client-ip=127\.0\.0\.9/m)
    // RFC 7208 §9.1: above the Received of whoever found it out.
    assert.ok(head.indexOf('Received-SPF: ') < head.indexOf('\nReceived: '))
  })

  it('as configured: a listed mailing list, SPF obeyed with the owner’s words, no Received-SPF', async () => {
    const config = '[msgauth]\ndmarc_exempt = ["list.example"]\nspf = "obey"\nreceived_spf = false\n'
    await using gateway = await aGateway({ config, zone, accounts })
    const { mx } = gateway.ports
    const refused = /^550 5\.7\.23 .*bank\.example explains: 127\.0\.0\.9 is none of ours/
    assert.match(await send(mx, 'a@bank.example', 'x@list.example', us), refused)
    assert.match(await send(mx, 'a@list.example', 'x@bank.example', us), /^250/)
    // It gets points all the same.
    const [message = ''] = await gateway.messagesIn(us, 'Junk')
    assert.ok(message !== '' && !/^Received-SPF/m.test(message))
  })
})

const own = (selector: string, algorithm: SigningKey['algorithm'], key: SigningKey['key']): SigningKey => ({
  ...{ domain: 'example.org' as Domain, selector, algorithm, key },
})

const zoneOf = (keys: readonly SigningKey[]): Zone =>
  Object.fromEntries(keys.map(dnsRecord).map(({ name, value }) => [`TXT ${name}`, [value]]))

/** Puts keys where the gateway looks for them. */
const withKeys =
  (mode: number, keys: readonly SigningKey[]) =>
  (dataDir: string): void => {
    mkdirSync(join(dataDir, 'dkim'))
    for (const { selector, domain, key } of keys) {
      const file = join(dataDir, 'dkim', `${selector}._domainkey.${domain}.pem`)
      writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }))
      chmodSync(file, mode)
    }
  }

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 15_000; Date.now() < end; await wait(30)) {
    const seen = await look()
    if (seen !== undefined) return seen
  }
  throw new Error('it never came')
}

describe('keys', () => {
  it('seal what is forwarded, sign what our users send and what we write ourselves', async () => {
    await using sink = await aSink({
      answer: (_step, line) => (/nobody/.test(line) ? '550 5.1.1 no such user' : undefined),
    })
    const ours = [
      own('r', 'rsa-sha256', privateKey),
      own('e', 'ed25519-sha256', generateKeyPairSync('ed25519').privateKey),
    ]
    const config = `[domains."front.example"]
deliver = "smtp://127.0.0.1:${sink.port}"
recipients = "any"
[submission]
relayhost = "smtp://127.0.0.1:${sink.port}"
[msgauth]
arc_seal = "seal.example"
`
    await using gateway = await aGateway({ config, zone, accounts, prepare: withKeys(0o600, [sealing, ...ours]) })
    const judged = async (raw: Buffer) => (await assess(anInput(zoneOf([sealing, ...ours]), { raw }))).report
    const signatures = async (raw: Buffer) =>
      (await judged(raw)).dkim.map(({ selector, result }) => `${selector} ${result}`)

    assert.match(await send(gateway.ports.mx, 'a@list.example', 'x@list.example', 'u@front.example'), /^250/)
    assert.equal(await gateway.metric('postern_msgauth_results_total', 'method="spf",result="pass"'), 1)
    const forwarded = sink.messages[0]?.bytes ?? Buffer.alloc(0)
    const { arc } = await judged(forwarded)
    assert.deepEqual([arc.result, arc.sealers], ['pass', ['seal.example']])
    assert.match(forwarded.toString('latin1'), /^ARC-Authentication-Results: i=1; postern\.example\.org;/m)

    const transport = createTransport({
      ...{ host: '127.0.0.1', port: gateway.ports.submissions, secure: true },
      tls: { rejectUnauthorized: false },
      auth: { user: us, pass: 'secret' },
    })
    const mail = { from: us, subject: 'tea', text: 'Tea at four?' }
    await transport.sendMail({ ...mail, to: 'a@elsewhere.example' })
    await transport.sendMail({ ...mail, to: 'nobody@elsewhere.example' })
    transport.close()
    assert.deepEqual(await signatures(await until(async () => sink.messages[1]?.bytes)), ['r pass', 'e pass'])
    const notice = await until(async () => (await gateway.messagesIn(us, 'INBOX'))[0])
    assert.match(notice, /^From: .*postern\.example\.org/m)
    assert.deepEqual(await signatures(Buffer.from(notice, 'latin1')), ['r pass', 'e pass'])
  })

  it('seal what was held once it is released to another host, by the gateway or by a command', async () => {
    await using sink = await aSink()
    const config = `[restrictions]
relay = ["reject_unauth_destination"]
sender = ["check_sender_access static:HOLD"]
[domains."front.example"]
deliver = "smtp://127.0.0.1:${sink.port}"
recipients = "any"
[msgauth]
arc_seal = "seal.example"
[bayes]
learn = false
`
    await using gateway = await aGateway({ config, zone, accounts, prepare: withKeys(0o600, [sealing]) })
    for (const to of ['u@front.example', 'v@front.example', us]) {
      assert.match(await send(gateway.ports.mx, 'a@list.example', 'x@list.example', to), /^250/)
    }
    const [first, second, third] = await gateway.gateway.stores.quarantine.list(3)
    assert.ok(first !== undefined && second !== undefined && third !== undefined)
    await gateway.gateway.custody.quarantine.release(first.id)
    await gateway.gateway.custody.quarantine.release(third.id)
    {
      await using stores = await openMailStores(gateway.loaded)
      await stores.quarantine.release(second.id)
    }
    await until(async () => sink.messages[1])
    for (const { bytes } of sink.messages) {
      const { report } = await assess(anInput(zoneOf([sealing]), { raw: bytes }))
      assert.deepEqual([report.arc.result, report.arc.sealers], ['pass', ['seal.example']])
      assert.match(bytes.toString('latin1'), /^ARC-Authentication-Results: i=1; postern\.example\.org;[^:]*spf=pass/m)
    }
    const kept = await until(async () => (await gateway.messagesIn(us, 'INBOX'))[0])
    assert.doesNotMatch(kept, /^ARC-/m)
  })

  it('that others may read stop the start', async () => {
    await assert.rejects(aGateway({ prepare: withKeys(0o644, [sealing]) }), {
      name: 'UserError',
      message: /others may read/,
    })
  })
})
