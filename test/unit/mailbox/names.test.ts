// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeComponent, maildirOf } from '../../../src/mailbox/account-path.ts'
import { compareArrival, nameMaker, parseFileName, printFileName, sizeInName } from '../../../src/mailbox/file-name.ts'
import { changeFlags, flagsOf, lettersOf, systemOfLetters, wordsOf } from '../../../src/mailbox/flags.ts'
import { canonicalName, folderOfEntry, folderPath, whyNotFolder } from '../../../src/mailbox/folder-name.ts'
import { decodeMutf7, encodeMutf7 } from '../../../src/mailbox/mutf7.ts'

describe('maildirOf', () => {
  const cases: [account: string, path: string][] = [
    ['user@example.org', '/r/example.org/user/Maildir'],
    ['User+Tag@Example.ORG', '/r/example.org/user+tag/Maildir'],
    ['../../etc@example.org', '/r/example.org/%2E.%2F..%2Fetc/Maildir'],
    ['user@..', '/r/%2E./user/Maildir'],
    ['.@.', '/r/%2E/%2E/Maildir'],
    ['a/b@c\\d', '/r/c%5Cd/a%2Fb/Maildir'],
    ['a\0b%41@x', '/r/x/a%00b%2541/Maildir'],
    ['ü@x', '/r/x/%C3%BC/Maildir'],
    ['postmaster', '/r/%/postmaster/Maildir'],
    ['@', '/r/%/%/Maildir'],
  ]
  for (const [account, path] of cases) {
    it(`puts ${JSON.stringify(account)} at ${path}`, () => assert.equal(maildirOf('/r', account), path))
  }
  it('refuses what no directory entry can hold', () => {
    assert.throws(() => maildirOf('/r', `${'ü'.repeat(60)}@x`), RangeError)
    assert.equal(encodeComponent('x'.repeat(255)).length, 255)
  })
})

describe('modified UTF-7', () => {
  const cases: [text: string, wire: string][] = [
    ['INBOX', 'INBOX'],
    ['Entwürfe', 'Entw&APw-rfe'],
    ['A & B', 'A &- B'],
    ['台北', '&U,BTFw-'],
    ['😀', '&2D3eAA-'],
  ]
  for (const [text, wire] of cases) {
    it(`writes ${text} as ${wire} and reads it back`, () => {
      assert.equal(encodeMutf7(text), wire)
      assert.equal(decodeMutf7(wire), text)
    })
  }
  for (const wrong of ['&', '&AP', 'a&APw', '&AGE-', '&APw-&APw-', '&2D0-', 'ü', '&A-', '&!!-', 'a\tb']) {
    it(`refuses ${JSON.stringify(wrong)}`, () => assert.equal(decodeMutf7(wrong), null))
  }
})

describe('folder names', () => {
  it('become Maildir++ directories and come back', () => {
    assert.equal(folderPath('/m', 'INBOX'), '/m')
    assert.equal(folderPath('/m', 'Work/Entwürfe'), '/m/.Work.Entw&APw-rfe')
    assert.equal(folderOfEntry('.Work.Entw&APw-rfe'), 'Work/Entwürfe')
  })
  for (const entry of ['cur', '.', '..', '.a..b', '.INBOX', '.inbox.x', '.a&', '.&AC8-']) {
    it(`does not take the entry ${entry} for a folder`, () => assert.equal(folderOfEntry(entry), null))
  }
  for (const name of ['', 'a//b', '/a', 'a/', '..', 'a.b', 'a\nb', 'a*', 'a%', 'x'.repeat(255), 'a/'.repeat(20)]) {
    it(`cannot be ${JSON.stringify(name.slice(0, 20))}`, () => assert.notEqual(whyNotFolder(name), null))
  }
  it('know INBOX in any case', () => {
    assert.equal(canonicalName('inBox'), 'INBOX')
    assert.equal(canonicalName('inbox/a'), 'INBOX/a')
    assert.equal(canonicalName('Inboxes'), 'Inboxes')
  })
})

describe('file names', () => {
  it('tell base, flags and size', () => {
    assert.deepEqual(parseFileName('1.M2P3Q4.h,S=10,W=12:2,FS'), { base: '1.M2P3Q4.h,S=10,W=12', letters: 'FS' })
    assert.equal(sizeInName('1.M2P3Q4.h,S=10,W=12'), 12)
    assert.equal(sizeInName('1.h,S=10'), null)
    assert.equal(printFileName('b', 1 + 4, 'aP'), 'b:2,FPSa')
  })
  it('sort by arrival, not as text', () => {
    const names = ['10.M1P1Q2.h', '9.M5P1Q1.h', '10.M1P1Q10.h', '10.M0P1Q99.h', 'other']
    assert.deepEqual([...names].sort(compareArrival), [
      'other',
      '9.M5P1Q1.h',
      '10.M0P1Q99.h',
      '10.M1P1Q2.h',
      '10.M1P1Q10.h',
    ])
  })
  it('are never made twice', () => {
    const make = nameMaker('Host/../x', 7, 'ab')
    assert.equal(make(1_500_000_000_123), '1500000000.M123000P7RabQ1.host_.._x')
    assert.notEqual(make(1), make(1))
  })
})

describe('flags', () => {
  it('keep the letters of other programs', () => {
    assert.equal(systemOfLetters('FSaP'), 5)
    assert.equal(lettersOf(8, 'FSaP'), 'PTa')
  })
  it('compare keywords without case and drop unknown system flags', () => {
    const flags = flagsOf(['\\SEEN', '\\Recent', 'Work', 'work', '$x'])
    assert.deepEqual(wordsOf(flags), ['\\Seen', 'Work', '$x'])
    assert.deepEqual(wordsOf(changeFlags(flags, 'remove', flagsOf(['WORK', '\\Flagged']))), ['\\Seen', '$x'])
    assert.deepEqual(wordsOf(changeFlags(flags, 'add', flagsOf(['\\Draft', '$X']))), [
      '\\Draft',
      '\\Seen',
      'Work',
      '$x',
    ])
    assert.deepEqual(wordsOf(changeFlags(flags, 'set', flagsOf([]))), [])
  })
})
