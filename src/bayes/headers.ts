// SPDX-License-Identifier: Apache-2.0
/** Header fields → features: what they say, and how they are written. */
import { type FeatureSink, field } from './features.ts'
import { addReceived } from './hops.ts'
import { bucket, registeredName } from './links.ts'
import { unhide } from './unhide.ts'
import { addWords } from './words.ts'

const maxHeaders = 200
const maxValue = 2000

const subjectFields = { word: field.subject, pair: field.subject, tag: 's:' } as const
const authorFields = { word: field.author, pair: field.author, tag: 'f:' } as const
const replyFields = { word: field.author, pair: field.author, tag: 'r:' } as const
const mailerFields = { word: field.identity, pair: field.identity, tag: 'mailer:' } as const
const valueFields = { word: field.header, pair: field.header, tag: 'v:' } as const

/** Adds what the header section tells. */
export function addHeaders(sink: FeatureSink, headers: readonly (readonly [string, string])[]): void {
  const seen = new Map<string, string>()
  let received = 0
  for (const [name, value] of headers.slice(0, maxHeaders)) {
    if (name === 'received') {
      received++
      if (received <= 6) addReceived(sink, value.slice(0, maxValue))
      continue
    }
    if (seen.has(name)) {
      sink.addText(field.header, 'twice:', name)
      continue
    }
    seen.set(name, value)
    sink.addText(field.header, 'has:', name)
    addField(sink, name, value.slice(0, maxValue))
  }
  for (const name of ['subject', 'from', 'to', 'date', 'message-id', 'mime-version', 'reply-to', 'content-type']) {
    if (!seen.has(name)) sink.addText(field.header, 'lacks:', name)
  }
  sink.addText(field.received, 'hops:', String(Math.min(8, received)))
  addRelations(sink, seen)
}

function addField(sink: FeatureSink, name: string, value: string): void {
  switch (name) {
    case 'subject':
      addSubject(sink, value)
      return
    case 'from':
      addAuthor(sink, value, 'from', authorFields)
      return
    case 'sender':
    case 'reply-to':
      addAuthor(sink, value, name, replyFields)
      return
    case 'to':
    case 'cc':
      addRecipients(sink, name, value)
      return
    case 'message-id':
      addMessageId(sink, value)
      return
    case 'date':
      addDate(sink, value)
      return
    case 'content-type':
      addContentType(sink, value)
      return
    case 'x-mailer':
    case 'user-agent':
    case 'x-mimeole':
      addWords(sink, value, mailerFields)
      return
    case 'in-reply-to':
    case 'references':
    case 'dkim-signature':
    case 'domainkey-signature':
    case 'thread-topic':
    case 'thread-index':
      return
    default:
      if (value.length <= 60) sink.addText(field.header, `${name}=`, value.toLowerCase())
      else addWords(sink, value.slice(0, 400), valueFields)
  }
}

function addSubject(sink: FeatureSink, value: string): void {
  const { text, tricks } = unhide(value)
  for (const trick of tricks) sink.addText(field.subject, 's:trick:', trick)
  addWords(sink, text, subjectFields)
  sink.addText(field.subject, 's:length:', bucket(text.length))
  if (/^re:/i.test(text)) sink.addText(field.subject, 's:', 're')
  if (/^(?:fwd?|aw|wg|tr|rv):/i.test(text)) sink.addText(field.subject, 's:', 'forward')
  if (text !== '' && text === text.toUpperCase() && text !== text.toLowerCase())
    sink.addText(field.subject, 's:', 'SHOUTED')
  if (text.includes('!')) sink.addText(field.subject, 's:', '!')
  if (text.includes('?')) sink.addText(field.subject, 's:', '?')
  if (/\s{5}\S+$/.test(text.slice(-80))) sink.addText(field.subject, 's:', 'gap-tail')
  if (/[\u{1f300}-\u{1faff}\u2600-\u27bf]/u.test(text)) sink.addText(field.subject, 's:', 'pictograph')
}

interface Fields {
  readonly word: typeof field.author
  readonly pair: typeof field.author
  readonly tag: string
}

function addAuthor(sink: FeatureSink, value: string, name: string, fields: Fields): void {
  const { text, tricks } = unhide(value)
  for (const trick of tricks) sink.addText(field.author, `${name}:trick:`, trick)
  const address = addressIn(text)
  const shown = address === '' ? text : text.replace(address, '')
  addWords(sink, shown, fields)
  if (shown.includes('@')) sink.addText(field.author, `${name}:`, 'address-in-name')
  if (shown.replace(/[<>"\s]/g, '') === '') sink.addText(field.author, `${name}:`, 'no-name')
  const at = address.lastIndexOf('@')
  if (at < 0) return
  const local = address.slice(0, at).toLowerCase()
  const host = address.slice(at + 1).toLowerCase()
  sink.addText(field.author, `${name}:address:`, `${local}@${host}`)
  sink.addText(field.author, `${name}:host:`, host)
  sink.addText(field.author, `${name}:name:`, registeredName(host))
  sink.addText(field.author, `${name}:top:`, host.slice(host.lastIndexOf('.') + 1))
  sink.addText(field.author, `${name}:local:`, local)
  sink.addText(field.author, `${name}:shape:`, shape(local))
}

function addRecipients(sink: FeatureSink, name: string, value: string): void {
  const count = value.split('@').length - 1
  sink.addText(field.recipient, `${name}:count:`, bucket(count))
  if (/undisclosed/i.test(value)) sink.addText(field.recipient, `${name}:`, 'undisclosed')
  if (count === 1) sink.addText(field.recipient, `${name}:named:`, String(!/^<?[^\s<>"]+>?$/.test(value.trim())))
  for (const part of value.split(',').slice(0, 8)) {
    const address = addressIn(part).toLowerCase()
    if (address !== '') sink.addText(field.recipient, `${name}:address:`, address)
  }
}

function addMessageId(sink: FeatureSink, value: string): void {
  const id = value.replace(/[<>\s]/g, '')
  const at = id.lastIndexOf('@')
  sink.addText(field.identity, 'id:shape:', shape(at < 0 ? id : id.slice(0, at)))
  if (at >= 0) sink.addText(field.identity, 'id:host:', registeredName(id.slice(at + 1).toLowerCase()))
}

function addDate(sink: FeatureSink, value: string): void {
  const zone = /[+-]\d{4}/.exec(value)
  sink.addText(field.identity, 'zone:', zone?.[0] ?? 'none')
  sink.addText(field.identity, 'date:shape:', shape(value, false))
}

function addContentType(sink: FeatureSink, value: string): void {
  sink.addText(field.identity, 'type:', value.split(';')[0]?.trim().toLowerCase() ?? '')
  const boundary = /boundary\s*=\s*"?([^";\s]+)/i.exec(value)
  if (boundary?.[1] !== undefined) sink.addText(field.identity, 'boundary:', shape(boundary[1]))
}

/** What two header fields say about each other. */
function addRelations(sink: FeatureSink, seen: ReadonlyMap<string, string>): void {
  const from = nameOf(seen.get('from'))
  const reply = nameOf(seen.get('reply-to'))
  const id = nameOf(seen.get('message-id'))
  if (reply !== '') sink.addText(field.author, 'reply=from:', String(reply === from))
  if (id !== '') sink.addText(field.author, 'id=from:', String(id === from))
  const to = addressIn(seen.get('to') ?? '').toLowerCase()
  if (to !== '' && to === addressIn(seen.get('from') ?? '').toLowerCase()) sink.addText(field.author, 'from=', 'to')
  const local = to.slice(0, Math.max(0, to.lastIndexOf('@')))
  if (local.length > 2 && (seen.get('subject') ?? '').toLowerCase().includes(local)) {
    sink.addText(field.subject, 's:', 'names-recipient')
  }
}

function nameOf(value: string | undefined): string {
  const address = addressIn(value ?? '')
  return registeredName(address.slice(address.lastIndexOf('@') + 1).toLowerCase())
}

/** The address of a field: between angle brackets, else the first word with an @. */
function addressIn(text: string): string {
  const close = text.lastIndexOf('>')
  const open = close < 0 ? -1 : text.lastIndexOf('<', close)
  if (open >= 0) return text.slice(open + 1, close).trim()
  for (const word of text.split(/[\s,;()"]+/)) if (word.includes('@')) return word
  return ''
}

/** Runs of digits, capitals and small letters as 0, A, a: how a generator writes, not what. */
function shape(text: string, cases = true): string {
  let out = ''
  let last = 0
  for (let i = 0; i < text.length && out.length < 24; i++) {
    const c = text.charCodeAt(i)
    const small = c >= 97 && c <= 122
    const kind = c >= 48 && c <= 57 ? 48 : small || (!cases && c >= 65 && c <= 90) ? 97 : c >= 65 && c <= 90 ? 65 : c
    if (kind !== last) out += String.fromCharCode(kind)
    last = kind
  }
  return out
}
