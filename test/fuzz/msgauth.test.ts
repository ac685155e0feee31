// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { it } from 'node:test'
import { decodeLogin, decodePlain } from '../../src/accounts/sasl-plain.ts'
import type { Domain } from '../../src/core/brand.ts'
import { assess } from '../../src/msgauth/assess.ts'
import { dnsRecord, type SigningKey } from '../../src/msgauth/keys.ts'
import { claimedAuthservId } from '../../src/msgauth/results.ts'
import { signMessage } from '../../src/msgauth/sign.ts'
import { aMessage, anInput, plainHead, testNow } from '../unit/msgauth/zone.ts'

/** A small generator with a seed (mulberry32), so that a failure can be seen again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

const words = [
  '\r\n',
  ' ',
  '\t',
  ';',
  '=',
  ':',
  '(',
  '"',
  '\\',
  '@',
  ',',
  '\0',
  '\xff',
  'From: ',
  'i=',
  'h=',
  'l=',
  '\n',
]

function mutate(text: string, next: (below: number) => number): string {
  let out = text
  for (let times = 1 + next(4); times > 0; times--) {
    const at = next(out.length + 1)
    const cut = next(3) === 0 ? next(20) : 0
    const added = next(4) === 0 ? out.slice(next(out.length), next(out.length)) : (words[next(words.length)] ?? '')
    out = out.slice(0, at) + added.slice(0, 500) + out.slice(at + cut)
  }
  return out
}

const key: SigningKey = {
  domain: 'example.com' as Domain,
  selector: 'e',
  algorithm: 'ed25519-sha256',
  key: generateKeyPairSync('ed25519').privateKey,
}

it('assess answers for every mutation of a signed and sealed message, and of the DNS', async () => {
  const next = random(1)
  const raw = aMessage([
    'ARC-Seal: i=1; a=rsa-sha256; cv=none; d=list.example; s=s; b=AAAA',
    'ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=list.example; s=s; h=from; bh=AAAA; b=AAAA',
    'ARC-Authentication-Results: i=1; list.example; dmarc=pass header.from=example.com',
    ...plainHead,
  ])
  const signatures = signMessage(raw, [key], testNow).map((e) =>
    e.op === 'prepend' ? `${e.name}: ${e.value}\r\n` : '',
  )
  const message = signatures.join('') + raw.toString('latin1')
  const record = dnsRecord(key)
  for (let i = 0; i < 1200; i++) {
    const zone = {
      [`TXT ${record.name}`]: [i % 3 === 0 ? mutate(record.value, next) : record.value],
      'TXT example.com': [mutate('v=spf1 a mx ip4:192.0.2.0/24 include:%{d1r}.example.com exists:%{ir}.x -all', next)],
      'TXT _dmarc.example.com': [mutate('v=DMARC1; p=reject; sp=none; adkim=s; rua=mailto:a@example.com', next)],
    }
    const { report, evidence } = await assess(
      anInput(zone, { raw: Buffer.from(mutate(message, next), 'latin1'), helo: mutate('mail.example.com', next) }),
    )
    assert.ok(evidence.length >= 4)
    for (const [n, line] of report.header.split('\r\n').entries()) {
      assert.ok(/^[\x20-\x7e\t]*$/.test(line) && (n === 0 || line.startsWith('\t')), `${i}: ${line}`)
    }
  }
})

it('readers of what clients and strangers write answer every mutation', () => {
  const next = random(2)
  for (let i = 0; i < 20_000; i++) {
    claimedAuthservId(mutate(' (a (b) \\) c) "gw.example.org" 1; spf=pass', next))
    const plain = mutate('AHRpbUBleGFtcGxlLmNvbQBzZWNyZXQ=', next)
    const read = decodePlain(plain)
    assert.ok(read === null || (read.username !== '' && read.password !== ''))
    decodeLogin(plain)
  }
})
