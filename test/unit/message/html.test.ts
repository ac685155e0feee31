// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readHtml as readMarkup } from '../../../src/message/html.ts'
import { splitLink, textLinks } from '../../../src/message/links.ts'
import { Markup } from '../../../src/message/tags.ts'

const readHtml = (html: string): ReturnType<typeof readMarkup> => readMarkup(new Markup(html))

const visible = (html: string): string => readHtml(html).text.replace(/\s+/g, ' ').trim()

describe('readHtml', () => {
  const table: readonly (readonly [title: string, html: string, seen: string])[] = [
    ['tags go', '<p>a<b>b</b>c</p>', 'abc'],
    ['blocks part words', '<div>a</div><div>b</div>', 'a b'],
    ['cells part words', '<table><tr><td>a</td><td>b</td></tr></table>', 'a b'],
    ['scripts and styles go', 'a<script>if (1<2) x()</script><style>p{}</style>b', 'ab'],
    ['comments go', 'a<!-- <b> -->b', 'ab'],
    ['what is not displayed is not seen', 'a<span style="display: none">x</span>b', 'ab'],
    ['nor what is tiny', 'a<font style="font-size:1px">x</font><i style="font-size:0">y</i>b', 'ab'],
    ['size may be set anew inside', '<td style="font-size:0">x<b style="font-size:14px">y</b></td>', 'y'],
    ['nor white on white', '<p style="color:#FFF;background-color:white">x</p>b', 'b'],
    ['small but readable text is seen', '<p style="font-size:0.9em">a</p><p style="font-size:10px">b</p>', 'a b'],
    ['a less-than sign is text', '1 < 2 and 3', '1 < 2 and 3'],
    ['a broken tag at the end goes', 'a<b', 'a'],
    ['an unclosed script hides the rest', 'a<script>b', 'a'],
    ['references are decoded', 'caf&eacute; &#8364;', 'caf\u00e9 \u20ac'],
  ]
  for (const [title, html, seen] of table) test(title, () => assert.equal(visible(html), seen))

  test('hidden text is kept apart', () => {
    assert.equal(readHtml('<p hidden>secret</p>shown').hidden, 'secret')
  })

  test('links come with what is shown in their place', () => {
    const { links } = readHtml(
      '<a href="http://evil.example/\n x">https://bank.example</a><img src=cid:1 alt="logo"><form action="/post"></form>',
    )
    assert.deepEqual(
      links.map(({ kind, href, shown }) => [kind, href, shown]),
      [
        ['a', 'http://evil.example/ x', 'https://bank.example'],
        ['img', 'cid:1', 'logo'],
        ['form', '/post', ''],
      ],
    )
  })

  test('elements are counted and the title is kept', () => {
    const read = readHtml('<title>A &amp; B</title><img width=10 height=20><img>')
    assert.equal(read.title, 'A & B')
    assert.equal(read.tags.get('img'), 2)
    assert.equal(read.imageArea, 200)
  })

  test('unclosed elements, quotes and titles by the thousand cost no more than their length', () => {
    for (const piece of ['<title>', '<a href="', "<b c='", '<!', '<svg>', '<p><div>', '</', '&#', '<a/ ']) {
      readHtml(piece.repeat(50_000))
    }
  })
})

describe('Markup', () => {
  test('reads a tag once for two readers, in whatever order it is asked', () => {
    const markup = new Markup('<p>a<A HREF = "x&amp;y" href=z>b</a><3')
    const [first, second] = [markup.tagAt(0), markup.tagAt(4)]
    assert.deepEqual([first?.name, second?.name, second?.end], ['p', 'a', 31])
    assert.equal(markup.tagAt(0), first)
    assert.equal(markup.tagAt(4), second)
    assert.equal(markup.tagAt(36), null)
    assert.equal(second?.attributes.get('href'), 'x&y')
    assert.equal(second?.attributes.raw('href'), 'x&amp;y')
    assert.equal(second?.attributes.has('src'), false)
  })
})

describe('splitLink', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['https://Example.ORG/x', 'https', 'example.org'],
    ['http://user@evil.example:8080/', 'http', 'evil.example'],
    ['http:\\\\evil.example\\x', 'http', 'evil.example'],
    ['http:////evil.example', 'http', 'evil.example'],
    ['http://evil%2eexample', 'http', 'evil.example'],
    ['http://evil\u3002example', 'http', 'evil.example'],
    ['http://[::1]/', 'http', '[::1]'],
    ['mailto:a@b.example?x', 'mailto', 'b.example'],
    ['www.example.org', '', 'www.example.org'],
    ['//cdn.example/x', '', 'cdn.example'],
    ['/relative', '', ''],
    ['javascript:alert(1)', 'javascript', ''],
    ['', '', ''],
  ]
  for (const [href, scheme, host] of table) {
    test(JSON.stringify(href), () => assert.deepEqual(splitLink(href), { scheme, host }))
  }
})

describe('textLinks', () => {
  test('addresses end where prose goes on', () => {
    const found = textLinks('See http://a.example/x. (or www.b.example), <https://c.example/?q=1>! awww.d')
    assert.deepEqual(
      found.map((link) => link.href),
      ['http://a.example/x', 'www.b.example', 'https://c.example/?q=1'],
    )
  })
})
