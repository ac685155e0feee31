// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { certificateWish } from '../../../src/app/certificate.ts'
import { readListeners } from '../../../src/app/listeners.ts'
import { readConfig } from '../../../src/config/load.ts'

function complaintsOf(listener: string): readonly string[] {
  const { loaded } = readConfig(`[[listeners]]\naddress = "127.0.0.1:0"\n${listener}`, 'postern.toml')
  return readListeners(loaded).complaints.map(({ text }) => text)
}

describe('a listener that asks for certificates', () => {
  const wrong = 'client_certificates = "ask" needs TLS, and role mx or submission'
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['may be for strangers', 'client_certificates = "ask"', []],
    ['may be for users', 'role = "submission"\nclient_certificates = "ask"', []],
    ['needs TLS', 'tls = "none"\nclient_certificates = "ask"', [wrong]],
    ['speaks SMTP', 'role = "imap"\nclient_certificates = "ask"', [wrong]],
  ]
  for (const [title, listener, expected] of cases) it(title, () => assert.deepEqual(complaintsOf(listener), expected))

  it('is refused where tls.client_ca is no file', () => {
    const { loaded } = readConfig('[tls]\nclient_ca = "/nowhere/ca.pem"\n', 'postern.toml')
    assert.throws(() => certificateWish(loaded), /\/nowhere\/ca\.pem: cannot be read: ENOENT/)
  })
})
