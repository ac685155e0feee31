// SPDX-License-Identifier: Apache-2.0
/** The other ways to write an address: escapes taken off, hosts as numbers made addresses, redirectors followed. */
import { hasTopLevel, type Registry } from './domains.ts'
import { type Redirector, redirectedBy } from './redirectors.ts'

/** Forms of one address beyond which no more are made: redirectors may hold redirectors. */
const maxForms = 40
const maxUri = 8192

export interface UriRules {
  readonly registry: Registry
  readonly redirectors: readonly Redirector[]
}

/** The address as written (without line ends) and every other form of it; empty for what leads nowhere. */
export function formsOf(written: string, rules: UriRules): string[] {
  const forms = new Set<string>()
  const waiting = [written]
  for (let next = waiting.shift(); next !== undefined && forms.size < maxForms; next = waiting.shift()) {
    const uri = oneLine(next).trim().slice(0, maxUri)
    forms.add(uri)
    if (uri.length <= 1 || /^(?:[#?&]|\/(?!\/))/.test(uri)) continue
    if (/^mailto:/i.test(uri) || /^[^:]*@/.test(uri)) mailForms(uri, forms)
    else webForms(uri, rules, forms, waiting)
  }
  forms.delete('')
  return [...forms]
}

function oneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]+/g, '') : text
}

const bareMails = [/^([^@]+@[^?]+)\?/, /^([^@]+@[^?&]+)&/]

function mailForms(uri: string, forms: Set<string>): void {
  for (const pattern of bareMails) {
    const bare = pattern.exec(uri)?.[1]
    if (bare !== undefined) forms.add(bare)
  }
  const blanks = uri.includes('%20') ? /^(?:mailto:)?(?:%20)*([^@]+@[^?&%]+)/.exec(uri)?.[1] : undefined
  if (blanks !== undefined) forms.add(`mailto:${blanks}`)
  const angle = /^[^?&]*<([^@>]+@[^>]+)>/.exec(uri)?.[1]
  if (angle !== undefined) forms.add(`mailto:${angle}`)
}

function webForms(uri: string, rules: UriRules, forms: Set<string>, waiting: string[]): void {
  const plain = plainForm(uri)
  forms.add(plain)
  const match = /^(https?:\/\/)([^@/?#]*@)?([^/?#:]+)((?::(\d*))?.*)$/is.exec(plain)
  if (match === null) return
  const [, scheme = '', user = '', written = '', rest = '', port = ''] = match
  const isSecure = scheme.toLowerCase() === 'https://'
  const isDefault = port === (isSecure ? '443' : '80')
  if (isDefault) forms.add(scheme + written + rest.replace(/^:\d+/, ''))
  const host = /[\0-\x20]/.test(written) ? written.replace(/[\0-\x20]/g, '') : written
  if (host !== written) forms.add(scheme + host + rest)
  const inner = redirected(scheme + host + rest, rest, rules.redirectors)
  if (inner !== null) waiting.push(inner)
  const bare = host.replace(/[^0-9A-Za-z]+$/, '')
  if (bare !== host) forms.add(scheme + bare + rest)
  const number = numericHost(bare)
  if (number !== null) forms.add(scheme + number + rest)
  else if (!isSecure && user === '' && (port === '' || isDefault)) {
    const single = /^(?:www\.)?([^.]+)$/.exec(bare.toLowerCase())?.[1]
    if (single !== undefined && single !== 'localhost' && !hasTopLevel(rules.registry, bare))
      forms.add(`${scheme}www.${single}.com${rest}`)
  }
}

/** Slashes and escapes as browsers read them. */
function plainForm(uri: string): string {
  let text = uri.includes('\\') ? uri.replaceAll('\\', '/') : uri
  if (!/^https?:\/\//.test(text)) text = text.replace(/^(https?:)\/{0,2}/i, '$1//')
  if (text.includes('%')) text = decodeSafe(text)
  if (!/^[-_a-z0-9]+:/i.test(text)) text = text.startsWith('ftp.') ? `ftp://${text}` : `http://${text}`
  text = text.replace(/^(https?:\/\/[^/?#]+)([?#])/i, '$1/$2')
  if (!text.includes('&#')) return text
  return text
    .replace(/&#0*(3[3-9]|[4-9]\d|1[01]\d|12[0-6]);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&#x0*(2[1-9]|[3-6][a-f0-9]|7[0-9a-e]);/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/&#(?:x2e|12290|x3002|65294|xff0e|65377|xff61);/gi, '.')
}

/** Escapes of printable ASCII taken off; what may not stand in an address escaped. */
function decodeSafe(text: string): string {
  if (!/%[0-9a-f]{2}/i.test(text)) return text
  return text
    .split(/(%[0-9a-f]{2})/i)
    .map((part, i) => {
      if (i % 2 === 0)
        return part.replace(/[\0-\x20\x7f-\xff"%<>]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
      const code = Number.parseInt(part.slice(1), 16)
      return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : part
    })
    .join('')
}

/** The address inside a redirector's, by the patterns of the rule files or by its look. */
function redirected(uri: string, rest: string, redirectors: readonly Redirector[]): string | null {
  const known = redirectedBy(redirectors, uri)
  if (known !== null) return known
  const inner = /https?:\/{0,2}[^&#]+/i.exec(rest)?.[0]
  return inner?.includes('.') ? inner : null
}

const octet = '(0x[0-9a-f]{1,20}|\\d{1,20})'
const fourNumbers = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}$`, 'i')

/** "0x7f.1.2.3", "017700000001" and the like as browsers read them; null for names. */
function numericHost(host: string): string | null {
  const first = host.charCodeAt(0)
  if (first < 0x30 || first > 0x39) return null
  const four = fourNumbers.exec(host)
  if (four !== null)
    return four
      .slice(1)
      .map((part) => numberOf(part))
      .join('.')
  if (/^0x[0-9a-f]{1,200}$/i.test(host)) return dotted(Number.parseInt(host.slice(-8).replace(/^.*x/i, ''), 16))
  const value = /^\d{1,12}$/.test(host) ? numberOf(host) : -1
  return value >= 0 && value < 2 ** 32 ? dotted(value) : null
}

function numberOf(text: string): number {
  if (/^0x/i.test(text)) return Number.parseInt(text, 16)
  return /^0+[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text)
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}
