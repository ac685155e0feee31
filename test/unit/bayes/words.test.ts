// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FeatureSink, field, maxFeatures } from '../../../src/bayes/features.ts'
import { registeredName } from '../../../src/bayes/links.ts'
import { addStems } from '../../../src/bayes/natural.ts'
import { unhide } from '../../../src/bayes/unhide.ts'
import { addWords } from '../../../src/bayes/words.ts'

function words(text: string): string[] {
  const sink = new FeatureSink(7, true)
  addWords(sink, text, { word: field.word, pair: field.pair, tag: '' })
  return [...sink.names().values()]
}

const texts: readonly (readonly [string, readonly string[]])[] = [
  ['Hello, world', ['hello', 'world', 'hello world']],
  ['BUY now!', ['buy', 'BUY', 'now', 'now!', 'buy now']],
  ["don't", ["don't"]],
  ['100%', ['100', '100%']],
  ['Größe ГОРОД', ['größe', 'город', 'ГОРОД', 'größe город']],
  ['重要通知', ['重要', '要通', '重要通', '通知', '要通知']],
]

for (const [text, expected] of texts) {
  test(`"${text}" is read as ${expected.join(' · ')}`, () => assert.deepEqual(words(text), expected))
}

test('long numbers count by their length, sums of money apart from them', () => {
  const hashed = (text: string) => {
    const sink = new FeatureSink(7, false)
    addWords(sink, text, { word: field.word, pair: field.pair, tag: '' })
    return [...sink.view()]
  }
  assert.deepEqual(hashed('1234567'), hashed('7654321'))
  assert.notDeepEqual(hashed('$1234567'), hashed('1234567'))
  assert.notDeepEqual(hashed('123'), hashed('321'))
})

test('a feature counts once, and never more than the ceiling are kept', () => {
  const sink = new FeatureSink(1, false)
  for (let i = 0; i < 3 * maxFeatures; i++) sink.addText(field.word, 'w:', String(i % (2 * maxFeatures)))
  assert.equal(sink.count, maxFeatures)
  assert.equal(new Set(sink.view()).size, maxFeatures)
  sink.reset()
  assert.equal(sink.count, 0)
})

test('another seed gives other features', () => {
  const of = (seed: number) => {
    const sink = new FeatureSink(seed, false)
    sink.addText(field.word, '', 'hello')
    return sink.view()[0]
  }
  assert.notEqual(of(1), of(2))
})

const hidden: readonly (readonly [string, string, readonly string[]])[] = [
  ['plain text stays', 'plain text', []],
  ['pаypаl', 'paypal', ['look-alikes']],
  ['f\u200br\u200be\u200be\u200b m\u200bo', 'free mo', ['invisible']],
  ['𝐖𝐈𝐍𝐍𝐄𝐑', 'WINNER', ['styled-letters']],
  ['город', 'город', []],
]
for (const [written, seen, tricks] of hidden) {
  test(`"${written}" is unhidden`, () => {
    const out = unhide(written)
    if (!written.startsWith('plain')) assert.equal(out.text, seen)
    assert.deepEqual(out.tricks, tricks)
  })
}

const hosts = [
  ['www.shop.example.com', 'example.com'],
  ['a.b.firm.co.uk', 'firm.co.uk'],
  ['localhost', 'localhost'],
  ['mail.firm.de', 'firm.de'],
] as const
for (const [host, name] of hosts) {
  test(`the registered name of ${host} is ${name}`, () => assert.equal(registeredName(host), name))
}

const stems: readonly (readonly [string, readonly string[]])[] = [
  ['Winning winners', ['stem:win', 'stem:winner']],
  ['ваши выигрыши', ['stem:ваш', 'stem:выигрыш']],
  ['アカウントの確認', ['ja:アカウント', 'ja:確認']],
]
for (const [text, expected] of stems) {
  test(`"${text}" is stemmed in its language`, () => {
    const sink = new FeatureSink(7, true)
    addStems(sink, text)
    assert.deepEqual([...sink.names().values()], expected)
  })
}
