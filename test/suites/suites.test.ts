// SPDX-License-Identifier: Apache-2.0
/** The runner of suites on a small one of our own; on published ones where POSTERN_SUITES names their files. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { env } from 'node:process'
import { after, it } from 'node:test'
import { chainBody, chainHead, chainKey, chainLines, goodSet, keyRecord } from '../unit/msgauth/arc-forge.ts'
import { dnsFromMemory, dnsOverWire, runSuite } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-suites-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const indented = (text: string): string => text.replace(/\r/g, '').replace(/^/gm, '      ')
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const spf = file(
  'spf.yml',
  `description: ours
tests:
  good: {helo: mail.example.com, host: 192.0.2.7, mailfrom: a@example.com, result: pass}
  bad: {helo: mail.example.com, host: 192.0.2.8, mailfrom: a@example.com, result: [fail, permerror], explanation: no a}
  silent: {helo: mail.example.com, host: 192.0.2.8, mailfrom: a@silent.example, result: temperror}
  odd: {helo: mail.example.com, host: 192.0.2.8, mailfrom: a@odd.example, result: pass}
  wrong: {helo: mail.example.com, host: 192.0.2.8, mailfrom: '', result: fail}
zonedata:
  example.com:
    - SPF: ['v=spf1 ip4:192.0.2.7 ', '-all exp=why.example.com']
  why.example.com:
    - TXT: no %{l}
  odd.example:
    - SPF: v=spf1 a:foo:bar/baz.example.com -all
  foo:bar/baz.example.com:
    - A: 192.0.2.8
  silent.example:
    - TIMEOUT
`,
)

const message = [...chainLines({ head: chainHead, body: chainBody, sets: [goodSet(1)] }), '', chainBody].join('\n')
const arc = file(
  'arc.yml',
  `description: validation
tests:
  good:
    message: |
${indented(message)}
    cv: Pass
  changed:
    message: |
${indented(message.replace('tea is', 'tea was'))}
    cv: Fail
txt-records:
  dummy._domainkey.example.org: ${keyRecord()}
---
description: signing
tests:
  second:
    message: |
${indented(message)}
    t: 12346
    sig-headers: from:to
    srv-id: none.example
    AS: a=rsa-sha256; b=; cv=pass; d=example.org; i=2; s=dummy; t=12346
    AMS: a=rsa-sha256
    AAR: i=2; none.example
domain: example.org
sel: dummy
privatekey: |
${indented(chainKey.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString())}
txt-records:
  dummy._domainkey.example.org: ${keyRecord()}
`,
)

const told = async (path: string, dns: typeof dnsFromMemory): Promise<string[]> =>
  (await runSuite(path, dns)).map(({ name, passed }) => `${name} ${passed ? 'right' : 'wrong'}`)

for (const [how, dns] of [
  ['from memory', dnsFromMemory],
  ['over the wire', dnsOverWire],
] as const) {
  it(`runs a suite of SPF with answers ${how}`, async () => {
    assert.deepEqual(await told(spf, dns), ['good right', 'bad right', 'silent right', 'odd right', 'wrong wrong'])
  })
}

it('runs a suite of ARC, validation and signing', async () => {
  // The signing case is wrong on purpose: its ARC-Message-Signature is not what anybody would make.
  assert.deepEqual(await told(arc, dnsFromMemory), ['good right', 'changed right', 'second wrong'])
})

for (const path of (env['POSTERN_SUITES'] ?? '').split(delimiter).filter((name) => name !== '')) {
  it(`has no wrong answer in ${path}`, async () => {
    const wrong = (await runSuite(path, dnsFromMemory)).filter(({ passed }) => !passed)
    assert.deepEqual(wrong, [])
  })
}
