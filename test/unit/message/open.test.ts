// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openMessage } from '../../../src/message/open.ts'
import { samples } from './samples.ts'

function open(name: string) {
  const raw = samples[name]
  assert.ok(raw, name)
  return openMessage(raw)
}

function fromText(...lines: string[]) {
  return openMessage(Buffer.from(lines.join('\r\n'), 'latin1'))
}

describe('openMessage reads headers', () => {
  test('encoded words are joined and decoded, display names too', () => {
    const { headers } = open('quoted-printable in UTF-8')
    assert.equal(headers.text('subject'), 'Gr\u00fc\u00dfe aus K\u00f6ln')
    assert.equal(headers.text('From'), 'J\u00fcrgen M\u00fcller <j@sender.example>')
  })

  test('order, bytes and case of names are kept', () => {
    const message = open('a plain note')
    assert.deepEqual(
      message.headers.fields.map((field) => field.name),
      ['From', 'To', 'Subject', 'Date', 'Message-ID'],
    )
    const subject = message.headers.first('SUBJECT')
    assert.equal(message.raw.toString('latin1', subject?.start, subject?.end), 'Subject: Lunch\r\n')
  })

  test('folds are undone and raw 8-bit headers are read as UTF-8', () => {
    assert.equal(open('a folded header').headers.text('subject'), 'a subject that goes on and on')
    assert.equal(open('a header in raw UTF-8').headers.text('subject'), '\u00dcbergr\u00f6\u00dfe')
  })

  test('a value keeps the letter at its end whose last byte is a no-break space elsewhere', () => {
    assert.equal(fromText('Subject: voil\xc3\xa0', '', 'x').headers.text('subject'), 'voil\u00e0')
  })

  test('lines that are no field are passed over and noted', () => {
    const message = fromText('From: a@b.example', 'nonsense without colon', 'To: c@d.example', '', 'x')
    assert.deepEqual(
      message.headers.fields.map((field) => field.name),
      ['From', 'To'],
    )
    assert.ok(message.defects.has('bad-header-line'))
  })

  test('a section beyond the ceilings ends, and the body is still found', () => {
    const many = fromText(...Array.from({ length: 1500 }, (_, i) => `X-${i}: y`), '', 'body')
    assert.equal(many.headers.fields.length, 1000)
    assert.ok(many.defects.has('too-many-fields'))
    const long = fromText(`X: ${'y'.repeat(300_000)}`, 'Y: z', '', 'body')
    assert.equal(long.raw.toString('latin1', long.bodyStart), 'body')
  })
})

describe('openMessage reads structure', () => {
  test('parts nest, and each knows its type and text', () => {
    const message = open('alternatives with an attachment')
    assert.deepEqual(
      message.parts.map((part) => `${part.depth} ${part.type}`),
      ['0 multipart/mixed', '1 multipart/alternative', '2 text/plain', '2 text/html', '1 application/pdf'],
    )
    assert.equal(message.parts[2]?.text, 'Your order is on its way.')
    assert.match(message.visibleText, /Your order is on its way\.\s+Your order is on its way\./)
    assert.deepEqual(
      message.attachments.map(({ name, extension, magic }) => ({ name, extension, magic })),
      [{ name: 'bill.pdf', extension: 'pdf', magic: 'pdf' }],
    )
    assert.deepEqual(
      message.links.map(({ href, shown, host }) => ({ href, shown, host })),
      [{ href: 'https://shop.example/track?a=1&b=2', shown: 'way', host: 'shop.example' }],
    )
  })

  test('charsets of East Asia are decoded', () => {
    assert.equal(open('Japanese in ISO-2022-JP').visibleText, '\u65e5\u672c\u8a9e')
    assert.equal(open('Japanese in ISO-2022-JP').headers.text('subject'), '\u65e5\u672c\u8a9e')
    assert.equal(open('Chinese in GB18030').visibleText, '\u4f60\u597d')
  })

  test('a name in pieces with a charset is put together', () => {
    assert.equal(open('a file name in pieces').attachments[0]?.name, '\u20ac rates.txt')
  })

  test('an attached message is read as a message', () => {
    const message = fromText(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: message/rfc822',
      '',
      'Subject: inside',
      'Content-Type: multipart/alternative; boundary=c',
      '',
      '--c',
      '',
      'deep',
      '--c--',
      '--b',
      '',
      'after',
      '--b--',
    )
    assert.deepEqual(
      message.parts.map((part) => `${part.depth} ${part.type}`),
      ['0 multipart/mixed', '1 message/rfc822', '2 multipart/alternative', '3 text/plain', '1 text/plain'],
    )
    assert.equal(message.parts[2]?.headers.text('subject'), 'inside')
    assert.equal(message.visibleText, 'deep\n\nafter')
  })

  test('a delimiter of the outer multipart closes what was left open', () => {
    const message = fromText(
      'Content-Type: multipart/mixed; boundary=a',
      '',
      '--a',
      'Content-Type: multipart/mixed; boundary=ab',
      '',
      '--ab',
      '',
      'one',
      '--a',
      '',
      'two',
    )
    assert.deepEqual(
      message.texts.map((text) => text.visible),
      ['one', 'two'],
    )
    assert.ok(message.defects.has('unclosed-multipart'))
  })

  test('depth and number of parts have ceilings', () => {
    const deep = Array.from({ length: 1000 }, (_, i) => [
      `Content-Type: multipart/mixed; boundary=b${i}`,
      '',
      `--b${i}`,
    ])
    const nested = fromText(...deep.flat(), '', 'bottom')
    assert.ok(nested.parts.length < 50)
    assert.ok(nested.defects.has('too-deep'))
    const wide = fromText(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      ...Array.from({ length: 5000 }, () => '--b\r\n\r\nx'),
    )
    assert.ok(wide.parts.length <= 1000)
    assert.ok(wide.defects.has('too-many-parts'))
  })

  test('uuencoded text is found as an attachment', () => {
    const message = fromText('Subject: x', '', 'see file', 'begin 644 run.exe', '#35H0', '`', 'end')
    assert.deepEqual(
      message.attachments.map(({ name, magic }) => ({ name, magic })),
      [{ name: 'run.exe', magic: 'pe' }],
    )
  })
})
