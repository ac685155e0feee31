// SPDX-License-Identifier: Apache-2.0
/** One Received field → the host names and networks in it, and the protocol it names. One pass, no pattern. */
import { type FeatureSink, field } from './features.ts'
import { registeredName } from './links.ts'

/** Longer words are no host names. */
const longest = 80
/** What stands between words of a Received field. */
const isBorder = new Uint8Array(128)
for (const c of '\t\n\v\f\r ()[]<>=,;') isBorder[c.charCodeAt(0)] = 1

const dot = 46
const at = 64

/** Adds host names and addresses of one hop, whole and by their registered name or network. */
export function addReceived(sink: FeatureSink, value: string): void {
  const stop = value.lastIndexOf(';')
  const hop = (stop > 0 ? value.slice(0, stop) : value).toLowerCase()
  let afterWith = false
  let i = 0
  while (i < hop.length) {
    const start = i
    let dots = 0
    let ats = 0
    for (; i < hop.length; i++) {
      const c = hop.charCodeAt(i)
      if (c === dot) dots++
      else if (c === at) ats++
      else if (c < 128 ? isBorder[c] === 1 : c === 0xa0) break
    }
    const length = i - start
    i++
    if (length === 0) continue
    if (afterWith) sink.addText(field.received, 'rcvd:with:', leadingLetters(hop, start))
    afterWith = length === 4 && hop.startsWith('with', start)
    if (dots > 0 && ats === 0 && length >= 4 && length <= longest) addHostWord(sink, hop.slice(start, start + length))
  }
}

function addHostWord(sink: FeatureSink, word: string): void {
  const first = word.charCodeAt(0)
  const numbers = first >= 48 && first <= 57 ? /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(word) : null
  if (numbers === null) {
    sink.addText(field.received, 'rcvd:host:', word)
    sink.addText(field.received, 'rcvd:name:', registeredName(word))
    return
  }
  sink.addText(field.received, 'rcvd:net:', `${numbers[1]}.${numbers[2]}`)
  sink.addText(field.received, 'rcvd:net:', `${numbers[1]}.${numbers[2]}.${numbers[3]}`)
}

function leadingLetters(text: string, from: number): string {
  let end = from
  while (end < text.length && text.charCodeAt(end) >= 97 && text.charCodeAt(end) <= 122) end++
  return text.slice(from, end)
}
