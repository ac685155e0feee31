// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authSetup, checkAuthPolicy, openAuthPolicy } from '../../../src/app/auth-policy.ts'
import { readConfig } from '../../../src/config/load.ts'
import type { AuthReport } from '../../../src/core/auth.ts'
import type { Domain, QueueId } from '../../../src/core/brand.ts'
import { unknownAuth } from '../../../src/workers/crew.ts'
import { anAddress, aSession } from '../../support/builders.ts'

const domain = (name: string): Domain => name as Domain

/** Mail whose author nobody proves, from a client that the reverse-path's domain permits. */
const disowned: AuthReport = {
  ...unknownAuth,
  spf: { result: 'pass', domain: domain('list.example'), because: '' },
  dkim: [
    { result: 'pass', domain: domain('signer.example'), selector: 's', aligned: false },
    { result: 'fail', domain: domain('broken.example'), selector: 's', aligned: false },
  ],
  dmarc: { result: 'fail', policy: 'reject', domain: domain('mail.bank.example') },
}

const spfFail: AuthReport = {
  ...unknownAuth,
  spf: { result: 'fail', domain: domain('bank.example'), because: '', explanation: 'not ours' },
}

function policy(msgauth: string, auth = disowned, to = ['u@example.org'], more = '') {
  const { loaded, complaints } = readConfig(`[msgauth]\n${msgauth}\n${more}`, 'postern.toml')
  assert.deepEqual(complaints, [])
  const recipients = to.map(anAddress)
  return openAuthPolicy(loaded)({ id: 'Q1' as QueueId, client: aSession().client, recipients }, auth)
}

describe('how far DMARC is obeyed', () => {
  const domains =
    '[domains."example.org"]\n[domains."mild.example"]\ndmarc = "score"\n[domains.".never.example"]\ndmarc = "off"\n'
  for (const [title, msgauth, to, expected] of [
    ['as the general setting says', 'dmarc = "score"', ['u@example.org'], 'score'],
    ['obeyed by default', '', ['u@example.org'], 'obey'],
    ['by author domain', 'dmarc_domains = { "mail.bank.example" = "off" }', ['u@example.org'], 'off'],
    ['by a domain above the author', 'dmarc_domains = { ".Bank.example" = "score" }', ['u@example.org'], 'score'],
    [
      'not by a name that only looks like it',
      'dmarc_domains = { "bank.example" = "score" }',
      ['u@example.org'],
      'obey',
    ],
    [
      'by the nearest of several',
      'dmarc_domains = { ".example" = "off", ".bank.example" = "score" }',
      ['u@example.org'],
      'score',
    ],
    ['by recipient domain', '', ['u@mild.example'], 'score'],
    ['by a domain above the recipient', '', ['u@x.never.example'], 'off'],
    ['by the mildest of several recipients', '', ['u@example.org', 'u@mild.example'], 'score'],
    ['by the author before the recipients', 'dmarc_domains = { ".example" = "obey" }', ['u@mild.example'], 'obey'],
  ] as const) {
    it(title, () => assert.equal(policy(msgauth, disowned, [...to], domains).dmarc, expected))
  }
})

describe('who is exempt', () => {
  for (const [entry, expected] of [
    ['192.0.2.0/24', true],
    ['192.0.2.7', true],
    ['198.51.100.0/24', false],
    ['mail.sender.example', true],
    ['.sender.example', true],
    ['sender.example', false],
    ['list.example', true],
    ['signer.example', true],
    ['broken.example', false],
    ['mail.bank.example', false],
  ] as const) {
    it(`${entry}: ${expected}`, () => assert.equal(policy(`dmarc_exempt = ["${entry}"]`).isDmarcExempt, expected))
  }
})

describe('an SPF fail', () => {
  it('gives points only, unless told otherwise', () => assert.equal(policy('', spfFail).refusal, null))

  it('is refused with its RFC 7372 code and the words of the owner where it is obeyed', () => {
    const { refusal } = policy('spf = "obey"', spfFail)
    assert.deepEqual([refusal?.code, refusal?.enhanced], [550, '5.7.23'])
    assert.match(
      refusal?.text ?? '',
      /bank\.example does not permit this client; id Q1; bank\.example explains: not ours$/,
    )
  })

  it('of a listed forwarder is none', () => {
    assert.equal(policy('spf = "obey"\ndmarc_exempt = ["192.0.2.7"]', spfFail).refusal, null)
  })

  it('is the only result that refuses', () => {
    for (const result of ['softfail', 'neutral', 'none', 'permerror', 'temperror', 'pass'] as const) {
      assert.equal(policy('spf = "obey"', { ...spfFail, spf: { ...spfFail.spf, result } }).refusal, null, result)
    }
  })
})

it('workers are told what the config says', () => {
  const text = '[msgauth]\ntrusted_sealers = ["List.example"]\ndns_timeout = "3s"\ndns_queries = 40\nbimi = true\n'
  assert.deepEqual(authSetup(readConfig(text, 'postern.toml').loaded), {
    trustedSealers: ['list.example'],
    queries: 40,
    dnsMs: 3000,
    bimi: true,
  })
})

it('what can never be met is a complaint with its place', () => {
  const text = '[msgauth]\ndmarc_exempt = ["192.0.2.0/24", "a b"]\ntrusted_sealers = ["list.example", "-"]\n'
  const complaints = checkAuthPolicy(readConfig(text, 'postern.toml').loaded)
  assert.deepEqual(
    complaints.map(({ line, text: said }) => `${line} ${said}`),
    ['2 "a b" is no network and no domain', '3 "-" is no network and no domain'],
  )
})
