// SPDX-License-Identifier: Apache-2.0
/** A message → its features, in one pass. */
import { type FeatureSink, field, fieldSet } from './features.ts'
import { addHeaders } from './headers.ts'
import type { BayesInput } from './input.ts'
import { addLinks, bucket } from './links.ts'
import { addStems } from './natural.ts'
import { unhide } from './unhide.ts'
import { addWords } from './words.ts'

/** Read of one text part; what follows is repetition. Characters. */
const maxText = 100_000

const body = { word: field.word, pair: field.pair, tag: '' } as const

/** What each source of features adds. Any that has words may tell of their structure, and of words without spaces. */
const inWords = [field.structure, field.script] as const
const ofHeaders = fieldSet(
  ...inWords,
  field.subject,
  field.author,
  field.header,
  field.received,
  field.recipient,
  field.identity,
)
const ofAttachments = fieldSet(...inWords, field.attachment)
const ofLinks = fieldSet(field.link)
const ofStems = fieldSet(field.stem)
const ofTexts = fieldSet(...inWords, field.word, field.pair)

/** Fills the sink with the features of one message. */
export function addMessage(sink: FeatureSink, input: BayesInput): void {
  if (sink.wants(ofHeaders)) addHeaders(sink, input.headers)
  for (const fact of input.facts) sink.addText(field.structure, '', fact)
  if (sink.wants(ofAttachments)) addAttachments(sink, input)
  if (sink.wants(ofLinks)) addLinks(sink, input.links)
  if (sink.wants(ofStems)) {
    addStems(sink, input.headers.find(([name]) => name.toLowerCase() === 'subject')?.[1] ?? '')
    addStems(sink, input.texts[0] ?? '')
  }
  if (sink.wants(ofTexts)) addTexts(sink, input)
}

function addAttachments(sink: FeatureSink, { attachments }: BayesInput): void {
  for (const attachment of attachments.slice(0, 50)) {
    sink.addText(field.attachment, 'type:', attachment.type)
    const dot = attachment.name.lastIndexOf('.')
    if (dot >= 0) sink.addText(field.attachment, 'ends:', attachment.name.slice(dot + 1, dot + 9).toLowerCase())
    addWords(sink, attachment.name.slice(0, 200), { word: field.attachment, pair: field.attachment, tag: 'file:' })
  }
}

function addTexts(sink: FeatureSink, { texts }: BayesInput): void {
  let words = 0
  for (const text of texts) {
    const seen = unhide(text.slice(0, maxText))
    for (const trick of seen.tricks) sink.addText(field.structure, 'trick:', trick)
    words += addWords(sink, seen.text, body)
  }
  sink.addText(field.structure, 'words:', bucket(words))
}
