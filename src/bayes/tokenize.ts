// SPDX-License-Identifier: Apache-2.0
/** A message → its features, in one pass. */
import { type FeatureSink, field } from './features.ts'
import { addHeaders } from './headers.ts'
import type { BayesInput } from './input.ts'
import { addLinks, bucket } from './links.ts'
import { addStems } from './natural.ts'
import { unhide } from './unhide.ts'
import { addWords } from './words.ts'

/** Read of one text part; what follows is repetition. Characters. */
const maxText = 100_000

const body = { word: field.word, pair: field.pair, tag: '' } as const

/** Fills the sink with the features of one message. */
export function addMessage(sink: FeatureSink, input: BayesInput): void {
  addHeaders(sink, input.headers)
  for (const fact of input.facts) sink.addText(field.structure, '', fact)
  for (const attachment of input.attachments.slice(0, 50)) {
    sink.addText(field.attachment, 'type:', attachment.type)
    const dot = attachment.name.lastIndexOf('.')
    if (dot >= 0) sink.addText(field.attachment, 'ends:', attachment.name.slice(dot + 1, dot + 9).toLowerCase())
    addWords(sink, attachment.name.slice(0, 200), { word: field.attachment, pair: field.attachment, tag: 'file:' })
  }
  addLinks(sink, input.links)
  addStems(sink, input.headers.find(([name]) => name.toLowerCase() === 'subject')?.[1] ?? '')
  addStems(sink, input.texts[0] ?? '')
  let words = 0
  for (const text of input.texts) {
    const seen = unhide(text.slice(0, maxText))
    for (const trick of seen.tricks) sink.addText(field.structure, 'trick:', trick)
    words += addWords(sink, seen.text, body)
  }
  sink.addText(field.structure, 'words:', bucket(words))
}
