// SPDX-License-Identifier: Apache-2.0
/** A client's certificate through a whole gateway: asked for, and judged by the lists. */
import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { makeCertificate } from '../../src/service/certificate.ts'
import { aGateway, type TestGateway } from '../support/gateway.ts'

interface Card {
  readonly key: string
  readonly cert: string
}

const far = 'RCPT TO:<you@far.example>'

/** Says EHLO and what follows, and resolves with the last line of each reply. */
function talk(socket: Socket, lines: readonly string[], isGreeted: boolean): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>()
  const say = [...lines]
  const heard: string[] = []
  const next = () => {
    const line = say.shift()
    if (line === undefined) return resolve(heard)
    socket.write(`${line}\r\n`)
  }
  socket.on('error', reject)
  socket.on('data', (chunk) => {
    for (const line of chunk.toString('latin1').split('\r\n')) {
      if (!/^[0-9]{3} /.test(line)) continue
      heard.push(line)
      next()
    }
  })
  if (!isGreeted) next()
  return promise
}

/** The reply to a recipient elsewhere, from a stranger that shows this card: after STARTTLS, or from the first byte. */
async function relayWith(gateway: TestGateway, tls: 'starttls' | 'implicit', card: Card | null): Promise<string> {
  const { port = 0 } = gateway.gateway.listeners.findLast((one) => one.role === 'mx' && one.tls === tls) ?? {}
  const plain = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.9' })
  if (tls === 'starttls') {
    await talk(plain, ['EHLO laptop.example', 'STARTTLS'], true)
    plain.removeAllListeners('data')
  }
  const secure = connectTls({ socket: plain, rejectUnauthorized: false, ...(card ?? {}) })
  const heard = await talk(secure, ['EHLO laptop.example', 'MAIL FROM:<me@laptop.example>', far], tls === 'implicit')
  secure.destroy()
  return heard.at(-1) ?? ''
}

async function aCard(folder: string, name: string): Promise<Card> {
  const files = { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.pem`) }
  await makeCertificate(files, name, Date.now())
  return { key: readFileSync(files.key, 'utf8'), cert: readFileSync(files.certificate, 'utf8') }
}

/** Two listeners of ours that ask, and these lists. */
async function aGatewayThatAsks(relay: string, more: string, files: Readonly<Record<string, string>>) {
  const listener = (tls: string) =>
    `[[listeners]]\naddress = "127.0.0.1:0"\ntls = "${tls}"\nclient_certificates = "ask"\n`
  const config = `${more}\n${listener('starttls')}${listener('implicit')}[restrictions]\nrelay = [${relay}]\n`
  const prepare = (folder: string) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  }
  return aGateway({ config, prepare })
}

describe('a listener that asks clients for certificates', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-cards-'))
  const [friend, stranger] = await Promise.all([aCard(folder, 'friend'), aCard(folder, 'stranger')])
  await rm(folder, { recursive: true })
  const denied = /^554 5\.7\.1 <you@far\.example>: Relay access denied/

  it('permit_tls_clientcerts lets in the listed certificate, by its own or its key’s fingerprint', async () => {
    const { fingerprint256 } = new X509Certificate(friend.cert)
    const key = new X509Certificate(stranger.cert).publicKey.export({ type: 'spki', format: 'der' })
    const hex = createHash('sha256').update(key).digest('hex').toUpperCase()
    const keyPrint = hex.match(/../g)?.join(':') ?? ''
    const relay = '"permit_tls_clientcerts", "reject_unauth_destination"'
    const table = '[restrictions.parameters]\nrelay_clientcerts = "texthash:certs"\n'
    {
      await using gateway = await aGatewayThatAsks(relay, table, { certs: `${fingerprint256} friend\n` })
      for (const tls of ['starttls', 'implicit'] as const) {
        assert.match(await relayWith(gateway, tls, friend), /^250/)
        assert.match(await relayWith(gateway, tls, stranger), denied)
        assert.match(await relayWith(gateway, tls, null), denied)
      }
    }
    await using gateway = await aGatewayThatAsks(relay, table, { certs: `${keyPrint} by its key\n` })
    assert.match(await relayWith(gateway, 'starttls', stranger), /^250/)
    assert.match(await relayWith(gateway, 'starttls', friend), denied)
  })

  it('permit_tls_all_clientcerts lets in who has a certificate of tls.client_ca, and nobody without one', async () => {
    const relay = '"permit_tls_all_clientcerts", "reject_unauth_destination"'
    {
      await using gateway = await aGatewayThatAsks(relay, '[tls]\nclient_ca = "ours.pem"\n', {
        'ours.pem': friend.cert,
      })
      for (const tls of ['starttls', 'implicit'] as const) {
        assert.match(await relayWith(gateway, tls, friend), /^250/)
        assert.match(await relayWith(gateway, tls, stranger), denied)
        assert.match(await relayWith(gateway, tls, null), denied)
      }
    }
    await using gateway = await aGatewayThatAsks(relay, '', {})
    assert.match(await relayWith(gateway, 'starttls', friend), denied)
  })

  it('check_ccert_access finds the fingerprint in the digest that is set', async () => {
    const { fingerprint } = new X509Certificate(stranger.cert)
    const relay = '"check_ccert_access texthash:certs", "reject_unauth_destination"'
    const files = { certs: `${fingerprint} REJECT a lost laptop\n` }
    await using gateway = await aGatewayThatAsks(relay, '[tls]\nfingerprint_digest = "sha1"\n', files)
    const lost = '554 5.7.1 <stranger>: Client certificate rejected: a lost laptop'
    assert.equal(await relayWith(gateway, 'starttls', stranger), lost)
    assert.match(await relayWith(gateway, 'starttls', friend), denied)
  })
})
