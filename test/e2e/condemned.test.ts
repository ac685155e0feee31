// SPDX-License-Identifier: Apache-2.0
/** What a rule, DMARC or the classifier condemns is refused with its reason, and `postern scan` tells the same story. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { wireForm } from '../../bench/messages.ts'
import { dataPaths } from '../../src/app/paths.ts'
import { demoConfig } from '../../src/config/demo.ts'
import { postern } from '../support/cli.ts'
import { type DnsServer, serveZone } from '../support/dns-server.ts'
import { aGateway, type TestGateway } from '../support/gateway.ts'

const zone = 'bank.example TXT "v=spf1 -all"\n_dmarc.bank.example TXT "v=DMARC1; p=reject"\n'
const spam = join(import.meta.dirname, '../../corpus/spam')
const letter = (from: string, text: string) =>
  `From: ${from}\nTo: demo@example.org\nSubject: hello\nDate: Sat, 21 Nov 2026 18:00:00 +0000\n` +
  `Message-ID: <1@example.net>\n\n${text}\n`
const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'

const cases = [
  {
    by: 'a rule',
    mail: letter('a@example.net', gtube),
    code: '550 5.7.1',
    symbol: 'GTUBE',
    source: /20_body\.cf:\d+$/,
  },
  {
    by: 'DMARC',
    mail: letter('a@bank.example', 'Hello.'),
    code: '550 5.7.26',
    symbol: 'DMARC_FAIL_REJECT',
    source: /msgauth/,
  },
  {
    by: 'the classifier',
    mail: readFileSync(join(spam, readdirSync(spam).sort()[0] ?? ''), 'latin1'),
    code: '550 5.7.1',
    symbol: 'BAYES_',
    source: /bayes/,
  },
] as const

describe('a message condemned by', () => {
  let dns: DnsServer
  let gateway: TestGateway
  let more: string
  before(async () => {
    dns = await serveZone(zone)
    // The classifier alone may condemn here.
    more = `[dns]\nservers = ["${dns.address}"]\n[score.points]\nBAYES_95 = 20\nBAYES_99 = 20\nBAYES_999 = 20\n`
    gateway = await aGateway({ config: more, zone: null, accounts: [['demo@example.org', 'secret-1']] })
  })
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await dns[Symbol.asyncDispose]()
  })

  for (const { by, mail, code, symbol, source } of cases) {
    it(`${by} is refused at end of DATA, and scan names the symbol, its points and its source`, async () => {
      const reply = await answerTo(gateway.ports.mx, wireForm(Buffer.from(mail, 'latin1')))
      assert.ok(reply.startsWith(code), reply)
      assert.ok(reply.length > code.length + 10, 'a reason')
      assert.deepEqual(await gateway.messagesIn('demo@example.org', 'INBOX'), [])

      const { root } = dataPaths(gateway.loaded)
      const file = join(root, 'condemned.eml')
      const config = join(root, 'scan.toml')
      writeFileSync(file, mail, 'latin1')
      writeFileSync(config, demoConfig(root, () => 0) + more)
      const envelope = ['--client', '127.0.0.9', '--helo', 'client.example.net', '--sender', 'a@example.net']
      const scan = await postern('scan', '--json', '--config', config, ...envelope, file)
      assert.equal(scan.exitCode, 0, scan.err)
      const said = JSON.parse(scan.out)
      assert.equal(said.action, 'reject')
      const one = said.evidence.find((evidence: { symbol: string }) => evidence.symbol.startsWith(symbol))
      assert.ok(one, scan.out)
      assert.match(one.source, source)
      assert.equal(typeof one.points, 'number')
    })
  }
})

/** The reply to a message that a stranger sends. */
async function answerTo(port: number, bytes: Uint8Array): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.9' })
  const lines = (async function* () {
    let rest = ''
    for await (const chunk of socket) {
      const pieces = (rest + chunk).split('\r\n')
      rest = pieces.pop() ?? ''
      yield* pieces.filter((line) => line[3] === ' ')
    }
  })()
  const next = async () => (await lines.next()).value ?? ''
  await next()
  for (const command of [
    'EHLO client.example.net',
    'MAIL FROM:<a@example.net>',
    'RCPT TO:<demo@example.org>',
    'DATA',
  ]) {
    socket.write(`${command}\r\n`)
    await next()
  }
  socket.write(bytes)
  const reply = await next()
  socket.destroy()
  return reply
}
