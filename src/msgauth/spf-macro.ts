// SPDX-License-Identifier: Apache-2.0
/** Macro strings of SPF (RFC 7208 §7). */

interface Macro {
  /** Lower case: s l o d i p h c r t v. */
  readonly letter: string
  /** Written in upper case: the value is URL-escaped. */
  readonly escaped: boolean
  /** Rightmost parts that are kept; 0 keeps all. */
  readonly keep: number
  readonly reversed: boolean
  readonly delimiters: string
}

/** Text as it stands, or a macro. */
export type MacroPart = { readonly text: string; readonly isLiteral: boolean } | Macro
export type MacroString = readonly MacroPart[]

/** Values of the macro letters for one evaluation. */
export interface MacroValues {
  readonly sender: string
  readonly localPart: string
  readonly senderDomain: string
  readonly domain: string
  /** Dotted, IPv6 in nibbles. */
  readonly ipLabels: string
  readonly ipText: string
  readonly isV4: boolean
  readonly helo: string
  readonly hostname: string
  readonly seconds: number
  /** The validated reverse name, or "unknown" (§7.3). */
  readonly reverseName: () => Promise<string>
}

const escapes: Readonly<Record<string, string>> = { '%': '%', _: ' ', '-': '%20' }
const letters = /^[slodiphv]$/
const explanationLetters = /^[slodiphcrtv]$/
/** §7.1 transformers and delimiters. */
const transformers = /^([0-9]*)(r?)([.\-+,/_=]*)$/i

function parseMacro(body: string, allowed: RegExp): Macro | null {
  const letter = body.slice(0, 1).toLowerCase()
  if (!allowed.test(letter) || body.length > 64) return null
  const match = transformers.exec(body.slice(1))
  if (match === null) return null
  const [, digits = '', reversed = '', delimiters = ''] = match
  // §7.3: a number of parts must not be zero.
  if (digits !== '' && Number(digits) === 0) return null
  return {
    letter,
    escaped: body.slice(0, 1) !== letter,
    keep: digits === '' ? 0 : Number(digits),
    reversed: reversed !== '',
    delimiters: delimiters === '' ? '.' : delimiters,
  }
}

const visible = /^[\x21-\x7e]*$/
const visibleOrSpace = /^[\x20-\x7e]*$/

/**
 * A macro-string, or null where it is none (§7.1).
 * @param isExplanation the text of an explanation: spaces may stand there, and %{c}, %{r} and %{t}
 */
export function parseMacroString(text: string, isExplanation: boolean): MacroString | null {
  const parts: MacroPart[] = []
  const plain = isExplanation ? visibleOrSpace : visible
  for (let at = 0; at < text.length; ) {
    const percent = text.indexOf('%', at)
    const end = percent < 0 ? text.length : percent
    if (end > at) {
      const literal = text.slice(at, end)
      if (!plain.test(literal)) return null
      parts.push({ text: literal, isLiteral: true })
    }
    if (percent < 0) break
    const next = text.slice(percent + 1, percent + 2)
    const escaped = escapes[next]
    if (escaped !== undefined) {
      parts.push({ text: escaped, isLiteral: false })
      at = percent + 2
      continue
    }
    const close = next === '{' ? text.indexOf('}', percent) : -1
    if (close < 0) return null
    const macro = parseMacro(text.slice(percent + 2, close), isExplanation ? explanationLetters : letters)
    if (macro === null) return null
    parts.push(macro)
    at = close + 1
  }
  return parts
}

/** A letter or a hyphen somewhere, letters and digits at both ends (§7.1 toplabel). */
const topLabel = /^(?=.*[a-z-])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i

/** A domain-spec: a macro-string that ends in a top label or a macro; null where it does not (§7.1). */
export function parseDomainSpec(text: string): MacroString | null {
  const parts = parseMacroString(text, false)
  const last = parts?.at(-1)
  if (parts === null || last === undefined) return null
  if (!('isLiteral' in last && last.isLiteral)) return parts
  const bare = last.text.endsWith('.') ? last.text.slice(0, -1) : last.text
  const dot = bare.lastIndexOf('.')
  return dot >= 0 && topLabel.test(bare.slice(dot + 1)) ? parts : null
}

function macroValue(letter: string, values: MacroValues): string | Promise<string> {
  switch (letter) {
    case 's':
      return values.sender
    case 'l':
      return values.localPart
    case 'o':
      return values.senderDomain
    case 'd':
      return values.domain
    case 'i':
      return values.ipLabels
    case 'p':
      return values.reverseName()
    case 'v':
      return values.isV4 ? 'in-addr' : 'ip6'
    case 'h':
      return values.helo
    case 'c':
      return values.ipText
    case 'r':
      return values.hostname
    default:
      return String(values.seconds)
  }
}

function splitAt(text: string, delimiters: string): string[] {
  const parts: string[] = []
  let part = ''
  for (const c of text) {
    if (delimiters.includes(c)) {
      parts.push(part)
      part = ''
    } else part += c
  }
  return [...parts, part]
}

/** §7.3: everything that is not unreserved in a URI. */
function urlEscape(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const c = String.fromCharCode(byte)
      return /^[A-Za-z0-9._~-]$/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

function transform(value: string, macro: Macro): string {
  const parts = splitAt(value, macro.delimiters)
  if (macro.reversed) parts.reverse()
  const kept = macro.keep === 0 ? parts : parts.slice(-macro.keep)
  const text = kept.join('.')
  return macro.escaped ? urlEscape(text) : text
}

/** The text with every macro replaced (§7.3). */
export async function expand(parts: MacroString, values: MacroValues): Promise<string> {
  let out = ''
  for (const part of parts) {
    out += 'text' in part ? part.text : transform(await macroValue(part.letter, values), part)
  }
  return out
}

/** §7.3: names of more than 253 characters lose labels on the left until they fit. */
export function fitName(name: string): string {
  let fitting = name.endsWith('.') ? name.slice(0, -1) : name
  while (fitting.length > 253 && fitting.includes('.')) fitting = fitting.slice(fitting.indexOf('.') + 1)
  return fitting
}
