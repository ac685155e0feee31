// SPDX-License-Identifier: Apache-2.0
/** One Received field → who handed the message to whom, read from the many forms that mail servers write. */
import { parseIp } from '../kit/cidr.ts'
import { type Form, forms, ip, laterForms, local } from './relay-forms.ts'

export interface Relay {
  readonly ip: string
  readonly rdns: string
  readonly helo: string
  readonly by: string
  readonly id: string
  readonly ident: string
  readonly envelopeFrom: string | null
  /** How the client had logged in; empty when it had not. */
  readonly auth: string
  /** The receiving server looked for a name, and there was none. */
  readonly hasNoName: boolean
}

/** "skip": a hand-over inside one machine; "fetched": a mail fetcher took it; null: nobody knows this form. */
export type RelayLine = { readonly kind: 'relay'; readonly relay: Relay } | { readonly kind: 'skip' | 'fetched' } | null

/** Characters of one field that are looked at. */
const maxField = 2000
const dateAtEnd =
  /[\s;]+(?:(?:Mon|Tue|Thu|Wed|Fri|Sat|Sun), )?\d+ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d+ \d+:\d+(?::\d+)? \S+$/

/** Reads the unfolded value of a Received field. */
export function readRelay(field: string): RelayLine {
  let text = field.slice(0, maxField).trim()
  if (/[^\S ]| {2}/.test(text)) text = text.replace(/\s+/g, ' ')
  while (text.endsWith(';')) text = text.slice(0, text.endsWith(' ;') ? -2 : -1)
  if (!/^\(?from /i.test(text) || /\bwith local for\b/.test(text)) return { kind: 'skip' }
  const bare = /^from (\S+) by [^\s;]+ ?;/i.exec(text)
  if (bare !== null && !/^\[[\d.]+\]$/.test(bare[1] ?? '')) return { kind: 'skip' }
  text = text.replace(dateAtEnd, '').replace(/\)by /, ') by ')
  const general = readGeneral(text)
  const lower = text.startsWith('from ')
  if (!lower) return otherFrom(text, general)
  return readFrom(text.slice(5), general)
}

interface General {
  readonly id: string
  readonly helo: string
  readonly by: string
  readonly auth: string
  readonly envelopeFrom: string | null
}

const heloText = String.raw`([-A-Za-z0-9.^+_&:=?!@%*$\\/]+)(?=[^-A-Za-z0-9.^+_&:=?!@%*$\\/]|$)`
const heloIs = new RegExp(`\\bhelo=${heloText}`)
const heloSaid = new RegExp(`\\b(?:HELO|EHLO) ${heloText}`)

/** What most forms say somewhere. */
function readGeneral(text: string): General {
  const sender = /^from /.test(text)
    ? /(?:return-path:? |envelope-(?:sender|from)[ =])(\S+)\b/i.exec(text)?.[1]
    : undefined
  return {
    id: / id <?([^\s<>;]{3,})/.exec(text)?.[1] ?? '',
    helo: heloIs.exec(text)?.[1] ?? heloSaid.exec(text)?.[1] ?? '',
    by: / by (\S+)(?:[^-A-Za-z0-9;.]|$)/.exec(text)?.[1] ?? '',
    auth: readAuth(text),
    envelopeFrom: sender ?? null,
  }
}

const byWith = / with ((?:ES|L|UTF8S|UTF8L)MTPS?A|ASMTP|HTTP[SU]?)(?: |;|$)/i

/** Fixed words are looked for first: that costs a tenth of a pattern, and most lines have none of them. */
function readAuth(text: string): string {
  const protocol = text.includes(' by ') ? byWith.exec(text)?.[1] : undefined
  if (protocol !== undefined) return protocol
  if (text.includes('mx.google.com with ESMTPS')) {
    const google =
      / by mx\.google\.com with ESMTPS id [a-z0-9]{1,4}sm\d{2,9}[a-z]{3}\.\d{1,3}\.\d{4}\.(?:[0-6]\d\.){4}[0-6]\d/.test(
        text,
      ) && /\(version=([^ ]+) cipher=([^)]+)\)/.exec(text)
    if (google) return `GMail - transport=${google[1]} cipher=${google[2]}`
  }
  return /auth|communigate|http/i.test(text) ? readLogin(text) : ''
}

function readLogin(text: string): string {
  const login = /^from .*?(?:\]\)|\)\]) \(AUTH: (LOGIN|PLAIN|DIGEST-MD5|CRAM-MD5) \S+(?:, .*?)?\) by /.exec(text)?.[1]
  if (login !== undefined) return login
  if (/^from .*?(?:\](?: \([^)]*\))?\)|\)\]) .*?\(.*?authenticated.*?\).*? by/.test(text)) return 'Sendmail'
  if (/\) by .+ \(\d{1,2}\.\d\.\d{3}(?:\.\d{1,3})?\) \(authenticated as .+\) id /.test(text)) return 'CriticalPath'
  const postfix = /\) \(Authenticated sender: \S+\) by \S+ \(([^)]+)\) with /.exec(text)?.[1]
  if (postfix !== undefined) return postfix === 'Postfix' ? postfix : `Postfix (${postfix})`
  if (/CommuniGate Pro (?:HTTP|SMTP|XIMSS|IMAP)/.test(text) && / \(account /.test(text)) return 'Communigate'
  if (/ with Microsoft Exchange Server HTTP-DAV\b/.test(text)) return 'HTTP-DAV'
  return (text.includes(' by ') && / \(via (HTTP.?)\)(?: |;|$)/i.exec(text)?.[1]) || ''
}

function readFrom(text: string, general: General): RelayLine {
  if (text.includes('Exim') && /\bExim/.test(text) && /\bwith local(?:-\S+)? /.test(text)) return { kind: 'skip' }
  if (/^mail pickup service by (\S+) with Microsoft SMTPSVC$/.test(text)) return { kind: 'skip' }
  const early = tryForms(forms, text, general)
  if (early !== null) return early
  if (/with (?:POP3|IMAP)/.test(text)) return { kind: 'fetched' }
  const late = tryForms(laterForms, text, general)
  if (late !== null) return late
  if (local.some((one) => one.test(text))) return { kind: 'skip' }
  const helo = general.helo === '' ? (/^(\S+)[^-A-Za-z0-9.]/.exec(text)?.[1] ?? '') : general.helo
  return lastResort(text, { ...general, helo })
}

function otherFrom(text: string, general: General): RelayLine {
  const upper = new RegExp(
    `^FROM (\\S+) \\((\\S+) \\[(${ip})\\]\\) BY (\\S+) (?:\\([^)]+\\) WITH SMTP )?ID <?(\\S+?)>?(?: FOR <[^>]+>)?$`,
  ).exec(text)
  if (upper !== null) {
    const [, helo = '', rdns = '', address = '', by = '', id = ''] = upper
    return relayOf({ ...general, id }, { helo, rdns: rdns === 'unverified' ? '' : rdns, ip: address, by }, true)
  }
  if (/^\(from \S+@localhost\) by \S+ /.test(text)) return { kind: 'skip' }
  if (/^\(from [^\s@]+@[^)]+\) by \S+\(jqueuemail\) id [^\s;]+/.test(text)) return { kind: 'skip' }
  return lastResort(text, general)
}

function lastResort(text: string, general: General): RelayLine {
  const address = new RegExp(`\\[(${ip})\\]`, 'i').exec(text)?.[1] ?? ''
  return address === '' || general.by === '' ? null : relayOf(general, { ip: address }, false)
}

function tryForms(list: readonly Form[], text: string, general: General): RelayLine {
  for (const [pattern, looked, onlyWith] of list) {
    if (onlyWith !== null && !onlyWith.test(text)) continue
    const groups = pattern.exec(text)?.groups
    if (groups === undefined) continue
    const name = groups.name
    const noted = groups.notes === undefined ? undefined : /helo=(\S+)/.exec(groups.notes)?.[1]?.replace(/\)$/, '')
    const ident = groups.notes === undefined ? groups.ident : /ident=(\S*)/.exec(groups.notes)?.[1]
    const helo = noted ?? groups.helo ?? name
    const rdns = groups.rdns ?? name
    return relayOf(general, { ip: groups.ip, by: groups.by, helo, rdns, ident }, looked === 'looked')
  }
  return null
}

type Found = Partial<Readonly<Record<'ip' | 'by' | 'helo' | 'rdns' | 'ident', string | undefined>>>

function relayOf(general: General, found: Found, looked: boolean): RelayLine {
  const rdns = clean((found.rdns ?? '').replace(/\.+$/, ''))
  const isNone = rdns === '' || /^(?:unknown$|!)/i.test(rdns)
  return {
    kind: 'relay',
    relay: {
      ip: plainIp(found.ip ?? ''),
      rdns: isNone ? '' : rdns,
      helo: clean(found.helo ?? general.helo),
      by: clean((found.by ?? general.by).replace(/;$/, '')),
      id: general.id,
      ident: clean(found.ident ?? ''),
      envelopeFrom: general.envelopeFrom === null ? null : clean(general.envelopeFrom.replace(/^\s*<*|>*\s*$/g, '')),
      auth: general.auth,
      hasNoName: isNone && looked,
    },
  }
}

/** Characters that would end a field of the relay's line. */
function clean(text: string): string {
  return text.replace(/[\s\0#[\]()<>|]/g, '!')
}

function plainIp(text: string): string {
  const bare = text.replace(/^ipv6:/i, '').replace(/%.*$/, '')
  const mapped = /^0*:0*:(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1]
  return clean(mapped ?? bare)
}

/** Addresses that no host on the Internet has (RFC 1918, 3927, 4193 excepted, 6598). */
export function isPrivateIp(text: string): boolean {
  const parsed = parseIp(text)
  const [word = 0] = parsed ?? []
  if (parsed === null) return false
  if (parsed.length === 4) return (word & 0xffc00000) >>> 0 === 0xfe800000 || parsed.join() === '0,0,0,1'
  const [first, second] = [word >>> 24, (word >>> 16) & 255]
  return (
    first === 10 ||
    first === 127 ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second <= 127)
  )
}
