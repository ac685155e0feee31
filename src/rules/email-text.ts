// SPDX-License-Identifier: Apache-2.0
/** Addresses of people written out in a text: found from their "@", both ways, so that the work is one pass. */
import { hasTopLevel, type Registry } from './domains.ts'
import { cutLines } from './paragraphs.ts'
import { search } from './search.ts'
import type { EmailPattern } from './settings-hashbl.ts'

export interface TextEmail {
  readonly address: string
  readonly start: number
  readonly end: number
}

/** Addresses of one text that are looked at. */
const maxEmails = 5000
/** RFC 5321 §4.5.3.1.1 */
const maxLocal = 64
/** Longer ones are nobody's (RFC 5321 §4.5.3.1). */
const maxEmail = 320

const atom = /[\w!#$%&'*+/=?^`{|}~-]/
const host = /^[a-z\d-]+(?:\.[a-z\d][a-z\d-]*)*/i
const label = /^[a-z\d](?:[a-z\d-]{0,59}[a-z\d])?$/i
const maxLabels = 5

/** Every address, in order. pattern: what one looks like, where the files say so. */
export function emailsIn(text: string, registry: Registry, pattern: EmailPattern | null): TextEmail[] {
  if (pattern !== null) return emailsBy(pattern, text, registry)
  const found: TextEmail[] = []
  let behind = 0
  for (let at = text.indexOf('@'); at >= 0 && found.length < maxEmails; at = text.indexOf('@', at + 1)) {
    const start = localStart(text, at, behind)
    const end = start < at ? hostEnd(text, at + 1, registry) : -1
    if (end < 0) continue
    found.push({ address: text.slice(start, end), start, end })
    behind = end
  }
  return found
}

/** Where the longest local part before an "@" begins: words with single dots between them. */
function localStart(text: string, at: number, behind: number): number {
  let start = at
  for (let i = at - 1; i >= Math.max(behind, at - maxLocal); i--) {
    const c = text[i] ?? ''
    if (c === '.' ? i + 1 === at || text[i + 1] === '.' : !atom.test(c)) break
    if (c !== '.' && (i === 0 || !atom.test(text[i - 1] ?? ''))) start = i
  }
  return start
}

/** Where the host ends that begins at a place; -1 where none does. */
function hostEnd(text: string, from: number, registry: Registry): number {
  const name = host.exec(text.slice(from, from + maxEmail))?.[0] ?? ''
  const labels = name.split('.')
  const isHost = labels.length > 1 && labels.length <= maxLabels && labels.slice(0, -1).every((one) => label.test(one))
  return isHost && hasTopLevel(registry, name) ? from + name.length : -1
}

/** Line by line: addresses do not go across, and long texts take the platform's engine too long. */
function emailsBy({ pattern, needsTopLevel }: EmailPattern, text: string, registry: Registry): TextEmail[] {
  const found: TextEmail[] = []
  let lineStart = 0
  for (const line of cutLines(text)) {
    let match = search(pattern, line)
    while (match !== null && found.length < maxEmails) {
      const [address, start] = [match.text, lineStart + match.index]
      if (address.length <= maxEmail && (!needsTopLevel || hasTopLevel(registry, address)))
        found.push({ address, start, end: start + address.length })
      match = search(pattern, line, match.index + address.length)
    }
    lineStart += line.length
  }
  return found
}

const quoteBehind = /(?:>|[ \t\n]{1,10}(?!(?:fa(?:x|csi)|tel|phone|e?-?mail))[a-z]{2,11}:)/iy

/** In pointed brackets, or before a word such as "wrote:": such addresses are of a message that is answered. */
export function isQuoted(text: string, { start, end }: TextEmail): boolean {
  quoteBehind.lastIndex = end
  return quoteBehind.test(text) && text.slice(Math.max(0, start - 7), start).toLowerCase() !== 'mailto:'
}

/** The text without links that hold an address. */
export function withoutLinks(text: string): string {
  if (!/https?:\/\//i.test(text)) return text
  return text.replace(/<?https?:\/\/\S{0,255}(?:@|%40)\S{0,255}/gi, ' ')
}
