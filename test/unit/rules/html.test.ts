// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openMessage } from '../../../src/message/open.ts'
import { Markup } from '../../../src/message/tags.ts'
import { isHostName } from '../../../src/rules/domains.ts'
import { type HtmlView, viewHtml } from '../../../src/rules/html-view.ts'
import { viewParts } from '../../../src/rules/part-views.ts'
import { wordsOf } from '../../../src/rules/words.ts'

const facts = ({ rendered, length, numbers, texts, inside, uris, charsets }: HtmlView): unknown => ({
  rendered,
  length,
  numbers,
  texts,
  inside,
  uris,
  charsets,
})

describe('viewHtml', () => {
  const table: readonly (readonly [title: string, html: string, rendered: string])[] = [
    ['no-break spaces are spaces', 'a&nbsp;<b>b</b>&nbsp c', 'a b\u00a0 c'],
    ['elements that close themselves', 'a<br/>b<hr />c<1/>', 'a\nb\n\nc<1>'],
    ['a no-break space parts a tag', '<a&nbsp;href=http://a.example/>b</a>', 'b'],
    ['curly quotes quote', '<a href=\u201chttp://a.example/x>y\u201d>b</a>', 'b'],
    ['lines in attributes', '<a href="http://a.example/\r\nx" title="<br/>">b\r\nc</a>', 'b c'],
    ['an element inside a bare value', '<a href=<b/>c</a>', 'c'],
    [
      'scripts, comments and titles',
      '<title>a\r\n<br/></title><!-- <br/>\r\n --><script>x\r\n<b/></script>d',
      'a <br>\n\nd',
    ],
    ['a tag that does not end, and all behind it, are not shown', 'a <b>c</b> d<a href="x" e\r\n f', 'a c d'],
    ['a comment that does not end goes to the next ">"', 'a<!-- <b> c', 'a c'],
    ['an end tag without a letter is not shown', 'a</!--x--></ y></1>b</>c', 'abc'],
    ['hidden text stays in its place', '<p style="color:#FFF;\r\nbackground:white">a</p>b', 'a\n\nb'],
  ]
  for (const [title, html, rendered] of table) {
    test(`${title}, whichever line ends the text has`, () => {
      const wire = viewHtml(new Markup(html), true)
      const plain = viewHtml(new Markup(html.replaceAll('\r\n', '\n')), false)
      assert.deepEqual(facts(wire), facts(plain))
      assert.equal(plain.rendered.trim(), rendered)
    })
  }

  test('links are found behind any number of made-up attributes', () => {
    const noise = Array.from({ length: 200 }, (_, i) => `x${i}=1`).join(' ')
    const { uris } = viewHtml(new Markup(`<a ${noise} href="http://a.example/">b</a>`), false)
    assert.deepEqual([...uris.keys()], ['http://a.example/'])
  })
})

describe('the HTML of a part', () => {
  const part = (charset: string, body: string) =>
    viewParts(openMessage(Buffer.from(`Content-Type: text/html; charset=${charset}\r\n\r\n${body}\r\n`, 'latin1')))[0]
  const table: readonly (readonly [charset: string, body: string, isShared: boolean])[] = [
    ['us-ascii', '<p>a</p>', true],
    ['iso-8859-1', '<p>caf\xe9</p>', true],
    ['utf-8', '<p>caf\xc3\xa9</p>', true],
    ['iso-8859-1', '<p>caf\xc3\xa9</p>', false],
    ['utf-8', '<p>caf\xe9</p>', false],
    ['utf-7', '<p>+AGE-</p>', false],
    ['iso-2022-jp', '<p>a</p>', false],
  ]
  for (const [charset, body, isShared] of table) {
    test(`${JSON.stringify(body)} in ${charset} is ${isShared ? '' : 'not '}read once for all`, () => {
      const view = part(charset, body)
      assert.equal(view?.html.markup === view?.part.markup, isShared)
      if (isShared) assert.equal(view?.html.markup.html.replaceAll('\r\n', '\n'), view?.text)
    })
  }
})

describe('isHostName', () => {
  const table: readonly (readonly [string, boolean])[] = [
    ['a.example', true],
    ['A.Example.', true],
    ['a_b.c.example', true],
    ['a.b_c.example', false],
    ['example', false],
    ['a..example', false],
    ['-a.example', false],
    [`${'a'.repeat(63)}.example`, true],
    [`${'a'.repeat(64)}.example`, false],
    [`${'a.'.repeat(124)}example`, false],
  ]
  for (const [host, is] of table) test(host.slice(0, 40), () => assert.equal(isHostName(host), is))
})

test('wordsOf gives what stands between white space', () => {
  assert.deepEqual([...wordsOf(' a\u00a0bc\r\n\t d')], ['a', 'bc', 'd'])
  assert.deepEqual([...wordsOf('')], [])
})
