// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UserError } from '../../../src/core/failure.ts'
import { readMainCf, wordsOf } from '../../../src/import/main-cf.ts'
import { readMasterCf } from '../../../src/import/master-cf.ts'

function values(text: string): Record<string, string> {
  return Object.fromEntries([...readMainCf(text, 'main.cf')].map(([name, { value }]) => [name, value]))
}

describe('readMainCf', () => {
  const cases: readonly (readonly [string, string, Record<string, string>])[] = [
    ['joins lines that begin with white space', 'a = 1,\n  2\n\t3\n', { a: '1, 2 3' }],
    ['passes over comments, also between joined lines', '# x\na = 1\n # y\n  2\n', { a: '1 2' }],
    ['passes over empty lines, which do not end a value', 'a = 1\n\n  2\n', { a: '1 2' }],
    ['takes a value with "="', 'a=b=c', { a: 'b=c' }],
    ['takes an empty value', 'a =', { a: '' }],
    ['takes the last of two', 'a = 1\na = 2', { a: '2' }],
    ['reads lines that end with CR LF', 'a = 1\r\nb = 2\r\n', { a: '1', b: '2' }],
  ]
  for (const [title, text, expected] of cases) it(title, () => assert.deepEqual(values(text), expected))

  it('complains about every line that is no parameter', () =>
    assert.throws(
      () => readMainCf('a = 1\nnonsense\nb c = 2\n', 'main.cf'),
      (error: unknown) =>
        error instanceof UserError &&
        error.exitCode === 78 &&
        error.complaints.map(({ line }) => line).join() === '2,3',
    ))

  it('knows the line of every word', () => {
    const written = readMainCf('a = one, two\n  # not this\n  three\n\n  {four, five}\n', 'main.cf').get('a')
    assert.ok(written !== undefined)
    assert.deepEqual(
      wordsOf(written).map(({ text, line }) => [text, line]),
      [
        ['one', 1],
        ['two', 1],
        ['three', 3],
        ['{four, five}', 5],
      ],
    )
  })
})

describe('readMasterCf', () => {
  it('reads services and what -o sets for them, each at its line', () => {
    const [smtp, submission] = readMasterCf(
      [
        '# service type private unpriv chroot wakeup maxproc command',
        'smtp inet n - y - - smtpd',
        '  -v',
        'submission inet n - y - - smtpd -o a=1',
        '  -o b=permit_mynetworks,reject',
        '  -o { c = x y, z }',
      ].join('\n'),
      'master.cf',
    )
    assert.deepEqual([smtp?.name, smtp?.command, smtp?.args], ['smtp', 'smtpd', ['-v']])
    assert.deepEqual(
      [...(submission?.overrides ?? [])].map(([name, { value, line }]) => [name, value, line]),
      [
        ['a', '1', 4],
        ['b', 'permit_mynetworks,reject', 5],
        ['c', 'x y, z', 6],
      ],
    )
  })

  it('complains about a line with too few columns', () =>
    assert.throws(() => readMasterCf('smtp inet n - y smtpd\n', 'master.cf'), /master\.cf:1: .* is no service/))
})
