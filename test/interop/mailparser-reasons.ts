// SPDX-License-Identifier: Apache-2.0
/** Why our reading and mailparser's differ, and how that is recognised; docs/internals/mailparser-differences.md says more. */
import type { Mailbox } from '../../src/message/addresses.ts'
import type { Message } from '../../src/message/open.ts'
import type { Part } from '../../src/message/structure.ts'

export interface Difference {
  readonly what:
    | 'reading'
    | 'fields'
    | 'subject'
    | 'addresses'
    | 'tree'
    | 'type'
    | 'name'
    | 'claimed type'
    | 'content'
    | 'listed'
    | 'text'
  readonly ours: unknown
  readonly theirs: unknown
  readonly message: Message
  readonly part: Part | null
  /** mailparser joined the lines of a flowed text. */
  readonly flowed: boolean
}

type Explains = (difference: Difference) => boolean

type Boxes = readonly Mailbox[]
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
const bare = (text: string): string => text.replace(/\s+/g, '')
/** Text without what charsets may disagree about. */
const ascii = (text: string): string => text.replace(/[^\n\r\t\x20-\x7e]+/g, '')

const texts =
  (
    explains: (ours: string, theirs: string, difference: Difference) => boolean,
    ...kinds: Difference['what'][]
  ): Explains =>
  (difference) =>
    kinds.includes(difference.what) &&
    typeof difference.ours === 'string' &&
    typeof difference.theirs === 'string' &&
    explains(difference.ours, difference.theirs, difference)

const unrepeated = (list: Boxes): Boxes => list.map((one) => (one.name === one.address ? { ...one, name: '' } : one))
const withAddress = (list: Boxes): Boxes => list.filter((one) => one.address !== '')
const unquoted = (list: Boxes): Boxes =>
  list.map(({ name, address }) => ({
    name: name
      .replace(/\([^()]*\)/g, ' ')
      .replace(/["\\]/g, '')
      .replace(/\s+/g, ' ')
      .trim(),
    address,
  }))
const asciiNames = (list: Boxes): Boxes =>
  list.map(({ name, address }) => ({ name: bare(ascii(name)), address: ascii(address) }))

/** One change to both, or to one of them, after which the lists are equal. */
const boxes =
  (change: (list: Boxes) => Boxes): Explains =>
  ({ what, ours, theirs }) =>
    what === 'addresses' && same(change(ours as Boxes), change(theirs as Boxes))

const isWellFormed = ({ name, address }: Mailbox): boolean =>
  /^[^\s@<>"(),:;]+@[^\s@<>"(),:;]+$/.test(address) && !/[<>@"]/.test(name)

/** ISO-8859-1 means windows-1252 to whoever reads mail and pages (Encoding Standard). */
const windows1252 = new TextDecoder('windows-1252')
const asWindows = (text: string): string =>
  text.replace(/[\x80-\x9f]/g, (one) => windows1252.decode(Uint8Array.of(one.charCodeAt(0))))

const knownEncodings = new Set(['', '7bit', '8bit', 'binary', 'base64', 'quoted-printable'])
const encodingOf = ({ part }: Difference): string =>
  part?.headers.all('content-transfer-encoding').at(-1)?.value.toLowerCase() ?? ''

/** Something else than base64, or padding in the middle. */
function isBrokenBase64({ part, message }: Difference): boolean {
  if (part?.encoding !== 'base64') return false
  const written = message.raw.subarray(part.bodyStart, part.bodyEnd).toString('latin1').replace(/\s+/g, '')
  return !/^[A-Za-z\d+/]*={0,2}$/.test(written) || written.length % 4 !== 0
}

/** Tables for more bytes than one, taken from the page itself, or none named: bytes may be read as other letters. */
function isOtherTable({ part, what }: Difference): boolean {
  const named = part?.contentType.parameters.get('charset') ?? ''
  const has8bit = part?.content(1_000_000).some((byte) => byte >= 0x80) === true
  return what === 'text' && has8bit && (named === '' || !/^(?:utf-?8|iso-8859|windows-125)/i.test(named))
}

const isBrokenTree = ({ message }: Difference): boolean =>
  ['unclosed-multipart', 'no-boundary', 'no-header-end', 'bad-header-line'].some((one) =>
    message.defects.has(one as never),
  )

const isRepeated = ({ part }: Difference): boolean =>
  ['content-type', 'content-transfer-encoding', 'content-disposition'].some(
    (name) => (part?.headers.all(name).length ?? 0) > 1,
  )

const isType = (text: unknown): boolean => /^[^\s/]+\/[^\s/]+$/.test(String(text))
const isTyped = ({ part }: Difference): boolean =>
  part?.headers.first('content-type') !== null && isType(part?.contentType.value ?? '')
const addressesOf = (list: unknown): string[] => (list as Boxes).map((one) => one.address)

const isAttachedMessage = ({ part }: Difference): boolean => part?.type === 'message/rfc822'

export const reasons: readonly (readonly [name: string, explains: Explains])[] = [
  ['flowed', texts((a, b, { flowed }) => flowed && a.replace(/[\s>]/g, '') === b.replace(/[\s>]/g, ''), 'text')],
  [
    'flowed and charset',
    texts((a, b, { flowed }) => flowed && ascii(a).replace(/[\s>]/g, '') === ascii(b).replace(/[\s>]/g, ''), 'text'),
  ],
  ['iso-8859-1', texts((a, b) => a === asWindows(b), 'text', 'subject', 'name')],
  ['not utf-8', texts((a, b) => b.includes('\ufffd') && bare(ascii(a)) === bare(ascii(b)), 'text', 'subject', 'name')],
  [
    'charset',
    texts((a, b, { part }) => part?.contentType.parameters.has('charset') === true && ascii(a) === ascii(b), 'text'),
  ],
  ['charset', texts((a, b) => bare(ascii(a)) === bare(ascii(b)) && ascii(a) !== a, 'text', 'subject', 'name')],
  ['folds', texts((a, b) => a.replace(/\s+/g, ' ').trim() === b.replace(/\s+/g, ' ').trim(), 'subject', 'name')],
  ['empty body', texts((a, b) => a === '' && b.trim() === '', 'text')],
  ['broken base64', (one) => ['text', 'content'].includes(one.what) && isBrokenBase64(one)],
  ['charset', isOtherTable],
  ['encoded word', texts((_, b) => b.includes('=?'), 'subject', 'name')],
  ['text ceiling', texts((a, b) => a.length > 300_000 && b.startsWith(a.slice(0, 300_000)), 'text')],
  ['name repeats address', boxes(unrepeated)],
  ['name without address', boxes((list) => withAddress(unrepeated(list)))],
  ['quotes and comments', boxes((list) => unquoted(withAddress(unrepeated(list))))],
  ['not utf-8', boxes((list) => asciiNames(unquoted(withAddress(unrepeated(list)))))],
  [
    'malformed addresses',
    ({ what, ours, theirs }) => what === 'addresses' && ![...(ours as Boxes), ...(theirs as Boxes)].every(isWellFormed),
  ],
  [
    'encoded address',
    ({ what, ours }) => what === 'addresses' && addressesOf(ours).some((one) => /=\?|@xn--|\.xn--/.test(one)),
  ],
  ['display name', ({ what, ours, theirs }) => what === 'addresses' && same(addressesOf(ours), addressesOf(theirs))],
  ['no field', (one) => one.what === 'addresses' && same(one.ours, []) && isBrokenTree(one)],
  ['empty body', ({ what, ours, theirs }) => what === 'content' && same(sizesOf(ours, theirs), [0, 2])],
  ['delimiter', ({ what, ours, theirs }) => what === 'tree' && String(ours).startsWith(String(theirs).slice(0, -1))],
  ['delimiter', ({ what, part }) => what === 'content' && part?.type === 'message/rfc822'],
  ['boundary alone', ({ what, part }) => what === 'tree' && part?.type.startsWith('multipart/') === false],
  [
    'empty message',
    ({ what, part, theirs }) => what === 'content' && part?.type === 'message/rfc822' && same(sizesOf(theirs), [0]),
  ],
  ['charset', texts((a) => /[^\x20-\x7e]/.test(a), 'name')],
  ['percent', texts((a, b) => a.replaceAll('%', '=') === b, 'name')],
  [
    'stray cr',
    texts(
      (a, b, { part, message }) =>
        part?.encoding === 'quoted-printable' && message.raw.includes('\r=') && bare(a) === bare(b),
      'text',
    ),
  ],
  ['no field', (one) => one.what === 'fields' && one.message.defects.has('bad-header-line')],
  ['backslash', texts((a, b) => a.replaceAll('\\', '') === b, 'name')],
  ['digest', ({ what, ours, theirs }) => what === 'type' && ours === 'message/rfc822' && theirs === 'text/plain'],
  ['repeated field', isRepeated],
  ['other encoding', (one) => ['content', 'text'].includes(one.what) && !knownEncodings.has(encodingOf(one))],
  ['wrong type', (one) => ['type', 'claimed type', 'listed', 'tree'].includes(one.what) && !isTyped(one)],
  [
    'broken multipart',
    (one) => ['tree', 'type', 'claimed type', 'content', 'text', 'listed'].includes(one.what) && isBrokenTree(one),
  ],
  ['attached message', (one) => isAttachedMessage(one) && ['tree', 'listed'].includes(one.what)],
  ['type by name', (one) => one.what === 'claimed type' && one.ours === 'application/octet-stream'],
  ['no field', ({ what, ours, theirs }) => what === 'fields' && isWithNonFields(ours as string[], theirs as string[])],
]

function sizesOf(...both: unknown[]): unknown[] {
  return both.map((one) => (one as { readonly size: number }).size)
}

/** They keep lines as fields that have no colon, or no name that may stand before one. */
function isWithNonFields(ours: readonly string[], theirs: readonly string[]): boolean {
  const named = theirs.filter((name) => ours.includes(name))
  return same(ours, named) || theirs.some((name) => !/^[\x21-\x39\x3b-\x7e]+$/.test(name))
}

/** The first reason that explains it; null where none does. */
export function reasonFor(difference: Difference): string | null {
  return reasons.find(([, explains]) => explains(difference))?.[0] ?? null
}
