// SPDX-License-Identifier: Apache-2.0
/** Mutated messages and rule files: nothing throws, and nothing takes long enough for a person to notice. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { editHeaders } from '../../src/message/edit.ts'
import { openMessage } from '../../src/message/open.ts'
import { compileRules } from '../../src/rules/compile.ts'
import { evalNames } from '../../src/rules/evals.ts'
import { loadRules } from '../../src/rules/load.ts'
import { emptyBook, finishBook, parseRules } from '../../src/rules/parse.ts'
import { runRules } from '../../src/rules/run.ts'
import { unknownFacts } from '../support/unknown-facts.ts'
import { samples } from '../unit/message/samples.ts'

const budgetMs = 1500
const facts = unknownFacts(0)

/** A small generator with a seed, so that a failure can be run again (Marsaglia's xorshift). */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function mutate(input: Buffer, dictionary: readonly string[], next: (below: number) => number): Buffer {
  let bytes = Buffer.from(input)
  for (let i = 1 + next(6); i > 0; i--) {
    const at = next(bytes.length + 1)
    const word = Buffer.from(dictionary[next(dictionary.length)] ?? '', 'latin1')
    const cut = at + next(12)
    switch (next(5)) {
      case 0:
        bytes = Buffer.concat([bytes.subarray(0, at), word, bytes.subarray(at)])
        break
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(cut)])
        break
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), word, bytes.subarray(cut)])
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(next(at + 1), at), bytes.subarray(at)])
        break
      default:
        if (at < bytes.length) bytes[at] = next(256)
    }
  }
  return bytes.subarray(0, 20_000)
}

function fuzz(inputs: readonly Buffer[], dictionary: readonly string[], run: (bytes: Buffer) => void): void {
  const next = random(20240305)
  const end = performance.now() + budgetMs
  for (let round = 0; round < 20_000 && performance.now() < end; round++) {
    const bytes = mutate(inputs[next(inputs.length)] ?? Buffer.alloc(0), dictionary, next)
    try {
      run(bytes)
    } catch (cause) {
      assert.fail(`round ${round}: ${String(cause)} on ${bytes.toString('base64')}`)
    }
  }
}

describe('mutated messages', () => {
  const { rules } = loadRules([join(import.meta.dirname, '../../rules')], 3)
  const dictionary = [
    '\r\n',
    '\n',
    '\r',
    '\0',
    ' ',
    '\t',
    ':',
    ';',
    '"',
    '<',
    '>',
    '=',
    '=?',
    '?=',
    '--',
    '--b',
    '--outer--',
    '\xff\xfe',
    '&#',
    '&lt',
    'Content-Type: ',
    'multipart/mixed',
    'message/rfc822',
    'boundary=',
    'charset=utf-7',
    'charset=iso-2022-jp',
    '\x1b$B',
    '%',
    "filename*0*=utf-8''",
    'begin 644 x\n',
    '<style>',
    '</style',
    '<a href=',
    'http://',
    'From ',
    'Received: from ',
  ]

  test('pass every eval test without a throw', () => {
    const lines = evalNames.map((name, i) => `header E${i} eval:${name}('Subject','0','1')\n`)
    const book = emptyBook()
    const texts = 'uri_detail U host =~ /x/ text =~ /a/\nheader A ALL-EXTERNAL =~ /x/\nheader B From:addr:host =~ /x/\n'
    parseRules(`${lines.join('')}${texts}body C /zz/\nrawbody D /zz/\nfull F /zz/\n`, 'fuzz.cf', book, () => undefined)
    const every = compileRules(book, 3)
    assert.deepEqual(book.complaints, [])
    const html = [
      '<td style="color:#ff',
      'background:url(',
      '<base href=',
      '</font>',
      '<iframe src=',
      '<![if !x]>',
      '<o:p>',
    ]
    const more = [
      '\r\nReceived: from a (b [192.0.2.1]) by c (',
      '@gmail.com',
      'X-Originating-IP: ',
      'begin',
      '"',
      '(',
      '\\',
    ]
    fuzz(
      Object.values(samples),
      [...dictionary, ...html, ...more],
      (bytes) => void runRules(every, openMessage(bytes), facts),
    )
  })

  test('are read, judged and edited without a throw', () => {
    fuzz(Object.values(samples), dictionary, (bytes) => {
      const message = openMessage(bytes)
      runRules(rules, message, facts)
      for (const field of message.headers.fields) assert.equal(typeof field.decoded, 'string')
      const edited = editHeaders(bytes, [
        { op: 'prepend', name: 'X-A', value: 'b' },
        { op: 'remove', name: 'Subject', when: () => true },
        { op: 'prefix-subject', text: '[x]' },
      ])
      assert.equal(openMessage(edited).headers.text('x-a'), 'b')
    })
  })
})

describe('mutated rule files', () => {
  const files = [
    'header A From =~ /a.b/i\nscore A 1 2 3 4\ndescribe A text\n',
    'meta B (A + C) >= 2 && !D\ntflags B nice\nif version > 3\nbody C m{a{2,3}}x\nelse\nbody C /b/\nendif\n',
    'replace_tag A [a4]\nreplace_inter W \\W\nreplace_rules R\nbody R /<inter W><A><A>/i\nredirector_pattern /u=(.*)/\n',
    'freemail_domains a.b *.c\nenlist_addrlist (L) *@x\nutil_rb_tld com\ntrusted_networks 10/8 !127.\nuri_detail U raw =~ /a/\n',
    "mimeheader D Content-Type =~ /(?:a|b)+c/\nuri E /x[^y-z\\d]\\b/\nrawbody F eval:html_tag_exists('b')\n",
  ].map((text) => Buffer.from(text))
  const dictionary = [
    '\n',
    ' ',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '\\',
    '/',
    '*',
    '+',
    '?',
    '|',
    '^',
    '$',
    '#',
    ':',
    '(?i)',
    '(?<',
    '(?=',
    '{1,2}',
    '[[:alpha:]]',
    '\\x{',
    '\\Q',
    '\\b',
    '&&',
    '||',
    'include x',
    'if ',
    'endif',
    'else',
    'score ',
    'meta ',
    '[if-unset: x]',
    ':raw',
    ':addr',
    '9999999999',
  ]

  test('are read with complaints, not with a throw', () => {
    const message = openMessage(samples['alternatives with an attachment'] ?? Buffer.alloc(0))
    fuzz(files, dictionary, (bytes) => {
      const book = emptyBook()
      parseRules(bytes.toString('latin1'), 'fuzz.cf', book, () => undefined)
      finishBook(book)
      runRules(compileRules(book, 3), message, facts)
    })
  })
})
