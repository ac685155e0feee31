// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { demoConfig } from '../../../src/config/demo.ts'
import { readConfig } from '../../../src/config/load.ts'
import { printComplaint, UserError } from '../../../src/core/failure.ts'

function complaintsOf(text: string): string[] {
  return readConfig(text, 'postern.toml').complaints.map(printComplaint)
}

describe('readConfig', () => {
  const complaints: readonly (readonly [string, string, string])[] = [
    [
      'a misspelt key is named with the nearest known one',
      'hostnam = "gw.example.org"',
      'postern.toml:1: unknown setting hostnam (did you mean hostname?)',
    ],
    [
      'a misspelt key in a table has its own line',
      '[smtp]\n\nrecipient_limt = 5',
      'postern.toml:3: unknown setting smtp.recipient_limt (did you mean recipient_limit?)',
    ],
    ['a key nobody could have meant has no hint', 'zebra = 1', 'postern.toml:1: unknown setting zebra'],
    [
      'a duration without a unit',
      '[smtp]\ntimeout = 300',
      'postern.toml:2: smtp.timeout is 300, expected a duration such as "5m" (ms, s, m, h, d, w)',
    ],
    [
      'a word that is not one of the choices',
      '[[listeners]]\nrole = "submision"',
      'postern.toml:2: listeners[0].role is "submision", expected one of mx, submission, imap, http (did you mean submission?)',
    ],
    [
      'a number out of its range',
      '[smtp]\nrecipient_limit = 0',
      'postern.toml:2: smtp.recipient_limit is 0, expected a whole number from 1 to 100000',
    ],
    ['a list where a word belongs', 'hostname = ["a"]', 'postern.toml:1: hostname is a list, expected text'],
    [
      'a number in a list of words',
      'mynetworks = [\n  "10.0.0.0/8",\n  7\n]',
      'postern.toml:3: mynetworks holds 7 (expected text)',
    ],
  ]
  for (const [title, text, expected] of complaints) {
    it(`complains about ${title}`, () => assert.deepEqual(complaintsOf(text), [expected]))
  }

  it('reports every complaint of a file at once', () => {
    assert.equal(complaintsOf('a = 1\nb = 2\n[smtp]\nc = 3').length, 3)
  })

  it('ends with sysexits 78 and the line where the text is not TOML', () => {
    assert.throws(
      () => readConfig('hostname = "a"\n[smtp\n', 'x.toml'),
      (error: unknown) =>
        error instanceof UserError && error.exitCode === 78 && /^x\.toml:[23]: not TOML/.test(error.message),
    )
  })

  it('keeps the line of each restriction, for the room that knows their language', () => {
    const { config } = readConfig(
      '[restrictions]\nsender = [\n  "reject_non_fqdn_sender",\n  "permit",\n]',
      'p.toml',
    ).loaded
    assert.deepEqual(
      config.restrictions.sender.map((r) => [r.text, r.line]),
      [
        ['reject_non_fqdn_sender', 3],
        ['permit', 4],
      ],
    )
  })

  it('reads durations in milliseconds and sizes in bytes', () => {
    const { config } = readConfig('[smtp]\ntimeout = "90s"\nmessage_size_limit = "2MiB"', 'p.toml').loaded
    assert.equal(config.smtp.timeout, 90_000)
    assert.equal(config.smtp.message_size_limit, 2_097_152)
  })

  it('switches an action off with false', () => {
    assert.equal(readConfig('[score]\nreject = false', 'p.toml').loaded.config.score.reject, null)
  })

  it('has no complaint about the demo', () => {
    assert.deepEqual(complaintsOf(demoConfig('/tmp/data')), [])
  })
})
