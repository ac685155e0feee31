// SPDX-License-Identifier: Apache-2.0
/** The adapter from the message room: an opened message → what the classifier wants to know of it. */
import type { Message } from '../message/open.ts'
import { isIgnoredHeader } from './ignored-headers.ts'
import type { BayesInput } from './input.ts'

const maxParts = 50
const maxTags = 60

/** Reads everything once, lazily decoded by the message room; never throws. */
export function bayesInput(message: Message): BayesInput {
  const facts = new Set<string>(message.defects)
  for (const part of message.parts.slice(0, maxParts)) {
    facts.add(`type:${part.type}`)
    if (part.children.length === 0) facts.add(`encoding:${part.type}:${part.encoding}`)
    const charset = part.contentType.parameters.get('charset')
    if (charset !== undefined) facts.add(`charset:${charset.toLowerCase().slice(0, 24)}`)
  }
  const texts: string[] = []
  for (const text of message.texts) {
    texts.push(text.visible)
    const html = text.html
    if (html === null) continue
    if (html.hidden !== '') facts.add('hidden-text')
    if (html.comments > 0) facts.add('html-comments')
    if (html.unclosed > 2) facts.add('html-unclosed')
    if (html.imageArea > 50_000) facts.add('html-large-images')
    let tags = 0
    for (const tag of html.tags.keys()) if (++tags <= maxTags) facts.add(`tag:${tag}`)
  }
  return {
    // What must not be learnt from need not be decoded either.
    headers: message.headers.fields
      .filter((field) => !isIgnoredHeader(field.key))
      .map((field) => [field.key, field.decoded] as const),
    texts,
    links: message.links.map((link) => link.href),
    attachments: message.attachments.map((file) => ({ name: file.name, type: file.magic ?? file.claimedType })),
    facts: [...facts],
  }
}
