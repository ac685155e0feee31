// SPDX-License-Identifier: Apache-2.0
/** Addresses written out in text, found as mail programs find them when they make text clickable. */
import { hasTopLevel, isHostName, type Registry } from './domains.ts'

export interface TextUri {
  /** With a scheme put before it where none is written. */
  readonly uri: string
  /** parsed; schemeless where no scheme was written; unlinked where mail programs would not make a link of it. */
  readonly types: readonly string[]
}

/** One code unit per byte: \x1b begins a shift of ISO-2022, \xa0 is half of a no-break space. */
const ends = '><"`}\\]{\\[|\\s\\x1b\\xa0'
const token = new RegExp(`[^${ends}]+`, 'g')
const withScheme = /(?:https?|ftp):\/\/(?=.)|(?:www\d{0,2}|ftp)\.(?=.)/iy
const withMailto = new RegExp(`mailto:[^${ends},('\\x80-\\xff]{1,2048}`, 'iy')
const withAt = new RegExp(`[^${ends},('\\x80-\\xff@]{1,251}@[^${ends},('\\x80-\\xff]{1,251}`, 'iy')
const plainHost = /([a-z\d][a-z\d._-]{0,251}\.[a-z\d-]{2,60})\.?(?::\d{1,5})?(?:\/.{1,2048})?$/iy
/** What every address has. Most pieces of text, and most words, hold nothing of it. */
const sign = /@|:\/\/|mailto:|\.[a-z\d-]{2}|(?:www\d{0,2}|ftp)\../i

/** What a character says about an address that may begin behind it, or at it; bits. */
const [isStart, isPlainStart, isWordCharacter] = [1, 2, 4]
const classes = new Uint8Array(256)
for (const c of '><"\'`,{[(|\x1b\xa0 \t\n\r\f\v') classes[c.charCodeAt(0)] = isStart
for (const c of '!"#$&\'()*+,/:;<=>?@[\\]^`{|}~\x1b\xa0 \t\n\r\f\v') mark(c, isPlainStart)
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_') mark(c, isWordCharacter)

function mark(c: string, bit: number): void {
  classes[c.charCodeAt(0)] = (classes[c.charCodeAt(0)] as number) | bit
}

const maxUris = 2000
const maxToken = 4096

/** Finds addresses in pieces of text, each once, in order. */
export function findTextUris(pieces: readonly string[], registry: Registry): TextUri[] {
  const found: TextUri[] = []
  const seen = new Set<string>()
  for (const piece of pieces) {
    if (!sign.test(piece)) continue
    token.lastIndex = 0
    for (let match = token.exec(piece); match !== null; match = token.exec(piece)) {
      const word = match[0]
      if (word.length > maxToken || !sign.test(word)) continue
      const before = match.index === 0 ? '' : (piece[match.index - 1] ?? '')
      for (const raw of urisInWord(word, before, registry)) {
        const text = trimmed(raw.text)
        if (seen.has(text)) continue
        seen.add(text)
        const uri = raw.kind === 'mail' && !text.includes('@') ? null : completed(text, registry)
        if (uri !== null) found.push(uri)
        if (found.length >= maxUris) return found
      }
    }
  }
  return found
}

interface RawUri {
  readonly kind: 'scheme' | 'mail' | 'plain'
  readonly text: string
}

/** Looks at every place of a word where an address may begin; goes on behind each that it finds. */
function urisInWord(word: string, before: string, registry: Registry): RawUri[] {
  const found: RawUri[] = []
  for (let at = 0; at < word.length; ) {
    const previous = at === 0 ? before : (word[at - 1] ?? '')
    const raw = beginsAt(previous, word.charCodeAt(at)) ? uriAt(word, at, previous, registry) : null
    if (raw === null) at++
    else {
      found.push(raw)
      at += raw.text.length
    }
  }
  return found
}

/** At the beginning, behind a mark, and where a word begins or ends. */
function beginsAt(previous: string, next: number): boolean {
  if (previous === '') return true
  const before = classOf(previous)
  return (before & isStart) !== 0 || ((before ^ (classes[next & 255] as number)) & isWordCharacter) !== 0
}

/** Of the text's one code unit per byte. */
function classOf(character: string): number {
  return classes[character.charCodeAt(0) & 255] as number
}

function uriAt(word: string, at: number, previous: string, registry: Registry): RawUri | null {
  withScheme.lastIndex = at
  const scheme = withScheme.exec(word)
  if (scheme !== null && word.length - at - scheme[0].length <= 2048) return { kind: 'scheme', text: word.slice(at) }
  for (const pattern of [withMailto, withAt]) {
    pattern.lastIndex = at
    const mail = pattern.exec(word)
    if (mail !== null && endsMail(word, at + mail[0].length)) return { kind: 'mail', text: mail[0] }
  }
  if (previous !== '' && (classOf(previous) & isPlainStart) === 0) return null
  plainHost.lastIndex = at
  const plain = plainHost.exec(word)
  const host = plain?.[1]
  if (plain === null || host === undefined || !isHostName(host) || !hasTopLevel(registry, host)) return null
  return { kind: 'plain', text: plain[0] }
}

function endsMail(word: string, at: number): boolean {
  return at >= word.length || /[,('\x80-\xff]/.test(word[at] ?? '')
}

/** Without a closing parenthesis that was never opened, and without marks that end a sentence. */
function trimmed(text: string): string {
  return text.replace(/^([^(]*)\).*$/s, '$1').replace(/[-~!@#^&*()_+=:;'?,.]*$/, '')
}

function completed(text: string, registry: Registry): TextUri | null {
  if (/^[cm]id:/i.test(text) || /^\w+:\/{0,2}$/.test(text)) return null
  const types = ['parsed']
  let uri = text
  if (!/^(?:https?|ftp|mailto):/i.test(text)) {
    types.push('schemeless')
    if (/^ftp\./i.test(text)) uri = `ftp://${text}`
    else if (/^www\d{0,2}\./i.test(text) || /\/.+@/.test(text)) uri = `http://${text}`
    else if (text.includes('@')) {
      if (!/@.+?\./.test(text) || text.includes('&nbsp;')) return null
      uri = `mailto:${text.replace(/^(?:skype|e?-?mail)?:+/i, '')}`
    } else {
      if (!text.includes('.')) return null
      uri = `http://${text}`
      types.push('unlinked')
    }
  }
  if (!/^mailto:/i.test(uri)) return { uri, types }
  const host = /@([^?&>]*)/.exec(uri)?.[1]?.replace(/(?:%20)+$/, '')
  return host !== undefined && hasTopLevel(registry, host) ? { uri, types } : null
}
