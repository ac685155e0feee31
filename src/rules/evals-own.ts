// SPDX-License-Identifier: Apache-2.0
/** eval: tests of our own, for what no pattern can say. */
import { isAscii } from '../kit/bytes.ts'
import { domainOf, type Mailbox, parseMailboxes } from '../message/addresses.ts'
import { extensionOf } from '../message/attachments.ts'
import { limits } from '../message/limits.ts'
import { splitLink } from '../message/links.ts'
import type { EvalTest, Views } from './views.ts'
import { wordsOf } from './words.ts'

function mailboxes(views: Views, name: string): readonly Mailbox[] {
  const known = views.once(mailboxLists)
  let list = known.get(name)
  if (list === undefined) {
    list = views.message.headers.all(name).flatMap((field) => parseMailboxes(field.value))
    known.set(name, list)
  }
  return list
}

/** By field: several tests ask for the same. */
function mailboxLists(): Map<string, readonly Mailbox[]> {
  return new Map()
}

/** The last two labels of a name, three under a two-letter country with a short second label: near enough to compare. */
export function registeredPart(host: string): string {
  const labels = host.split('.')
  const [second = '', top = ''] = labels.slice(-2)
  return labels.slice(top.length === 2 && second.length <= 3 ? -3 : -2).join('.')
}

function isAddress(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.startsWith('[')
}

/** The name beside the author's address is another address: programs on phones show nothing else. */
function nameHoldsOtherAddress(views: Views): string | null {
  for (const { name, address } of mailboxes(views, 'from')) {
    const claimed = /[\w.+-]{1,64}@([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5})/i.exec(name)
    if (claimed === null || address === '') continue
    if (registeredPart(claimed[1]?.toLowerCase() ?? '') !== registeredPart(domainOf(address)))
      return `${name} <${address}>`
  }
  return null
}

function replyToDiffers(views: Views): string | null {
  const from = mailboxes(views, 'from')[0]
  const reply = mailboxes(views, 'reply-to')[0]
  if (from === undefined || reply === undefined) return null
  const [a, b] = [registeredPart(domainOf(from.address)), registeredPart(domainOf(reply.address))]
  return a !== '' && b !== '' && a !== b ? `${b}, not ${a}` : null
}

/** The author is also the only recipient that the message names. */
function fromIsTo(views: Views): string | null {
  const from = mailboxes(views, 'from')[0]?.address.toLowerCase()
  const to = mailboxes(views, 'to')
  return from !== undefined && from !== '' && to.length === 1 && to[0]?.address.toLowerCase() === from ? from : null
}

/** A link whose text is an address of one site leads to another. */
function linkMismatch(views: Views): string | null {
  for (const link of views.message.links) {
    if (link.kind !== 'a' || link.host === '' || !/^(?:https?:\/\/|www\.)\S+$/i.test(link.shown)) continue
    const shown = splitLink(link.shown).host
    if (shown === '' || registeredPart(shown) === registeredPart(link.host)) continue
    return `${shown} leads to ${link.host}`
  }
  return null
}

function linkToAddress(views: Views): string | null {
  return views.message.links.find((link) => isAddress(link.host) && !isPrivate(link.host))?.href ?? null
}

function isPrivate(host: string): boolean {
  return /^(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(host)
}

/** Letters of several scripts inside one host name. */
function mixedScriptLink(views: Views): string | null {
  const found = views.message.links.find((link) => isMixed(link.host))
  return found?.host ?? null
}

/** A word that mixes Latin with Cyrillic or Greek letters. */
function mixedScriptHeader(views: Views, args: readonly string[]): string | null {
  const text = views.message.headers.text(args[0] ?? 'Subject').slice(0, 1000)
  if (isAscii(text)) return null
  return text.split(/[^\p{L}]+/u).find(isMixed) ?? null
}

function isMixed(word: string): boolean {
  return /\p{Script=Latin}/u.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word)
}

/** An attachment's name ends with one of the extensions. */
function attachmentExtension(views: Views, args: readonly string[]): string | null {
  return views.message.attachments.find((one) => args.includes(one.extension))?.name ?? null
}

/** An attachment's first bytes are one of the kinds. */
function attachmentMagic(views: Views, args: readonly string[]): string | null {
  const found = views.message.attachments.find((one) => one.magic !== null && args.includes(one.magic))
  return found === undefined ? null : `${found.magic}: ${found.name}`
}

const harmless = new Set('pdf doc docx xls xlsx ppt pptx txt rtf jpg jpeg png gif csv mp3 mp4 odt'.split(' '))
const dangerous = new Set(
  'exe scr com pif bat cmd vbs vbe js jse wsf wsh hta msi lnk jar ps1 cpl iso img html htm shtml'.split(' '),
)

/** "invoice.pdf.exe": the extension that counts hides behind a harmless one. */
export function hidesBehindHarmless(name: string): boolean {
  const inner = /\.([a-z0-9]{2,5})[\s._]*\.[a-z0-9]{2,5}$/i.exec(name.slice(-80))?.[1]?.toLowerCase()
  return inner !== undefined && harmless.has(inner) && dangerous.has(extensionOf(name))
}

function doubleExtension(views: Views): string | null {
  return views.message.attachments.find(({ name }) => hidesBehindHarmless(name))?.name ?? null
}

const programs = new Set(['pe', 'elf', 'macho', 'lnk', 'class'])

/** The bytes are a program, the name or type says picture or document. */
function disguisedProgram(views: Views): string | null {
  const found = views.message.attachments.find(
    (one) =>
      one.magic !== null &&
      programs.has(one.magic) &&
      (harmless.has(one.extension) || one.claimedType.startsWith('image/')),
  )
  return found?.name ?? null
}

/** Characters of text that styles hide, at least so many. */
function hiddenText(views: Views, args: readonly string[]): string | null {
  const least = Number(args[0] ?? 1)
  const raw = views.message.hiddenText
  if (raw.length < least) return null
  const hidden = raw.replace(/\s+/g, ' ').trim()
  return hidden.length >= least ? `${hidden.length} characters: ${hidden.slice(0, 60)}` : null
}

/** Invisible characters between letters, at least so many: words that filters cannot read. */
function invisibleChars(views: Views, args: readonly string[]): string | null {
  const text = views.message.visibleText
  if (!/[\u200b\u200c\u2060\ufeff\u00ad]/.test(text)) return null
  const found = text.match(/\p{L}[\u200b\u200c\u2060\ufeff\u00ad]+(?=\p{L})/gu)?.length ?? 0
  return found >= Number(args[0] ?? 1) ? `${found} times` : null
}

/** The message breaks a form or a ceiling of the reader: 'too-deep', 'too-many-parts', ... */
function defect(views: Views, args: readonly string[]): string | null {
  const found = args.find((name) => [...views.message.defects].some((known) => known === name))
  return found ?? null
}

/** Fewer visible words than the limit, in a message with a link that asks for a click. */
function shortWithLink(views: Views, args: readonly string[]): string | null {
  if (!views.message.links.some((link) => link.kind === 'a' || link.kind === 'text')) return null
  const limit = Number(args[0] ?? 10)
  let count = 0
  for (const _ of wordsOf(views.message.visibleText.slice(0, 5000))) if (++count >= limit) return null
  return `${count} words`
}

/** Received fields, between two limits. */
function hopCount(views: Views, args: readonly string[]): string | null {
  // What the fields say need not be read to count them.
  const count = Math.min(limits.receivedHops, views.message.headers.all('received').length)
  return count >= Number(args[0] ?? 0) && count <= Number(args[1] ?? 999) ? `${count}` : null
}

/** The author's display name holds one of the words, but the domain does not. */
function brandInNameOnly(views: Views, args: readonly string[]): string | null {
  for (const { name, address } of mailboxes(views, 'from')) {
    const plain = ` ${name.toLowerCase().replace(/[^a-z0-9]+/g, ' ')} `
    const domain = domainOf(address)
    if (domain === '') continue
    const brand = args.find((word) => plain.includes(word) && plain.includes(` ${word} `) && !domain.includes(word))
    if (brand !== undefined) return `${name} <${address}>`
  }
  return null
}

export const ownTests: Readonly<Record<string, EvalTest>> = {
  postern_name_holds_other_address: nameHoldsOtherAddress,
  postern_reply_to_differs: replyToDiffers,
  postern_from_is_to: fromIsTo,
  postern_link_mismatch: linkMismatch,
  postern_link_to_address: linkToAddress,
  postern_mixed_script_link: mixedScriptLink,
  postern_mixed_script_header: mixedScriptHeader,
  postern_attachment_extension: attachmentExtension,
  postern_attachment_magic: attachmentMagic,
  postern_double_extension: doubleExtension,
  postern_disguised_program: disguisedProgram,
  postern_hidden_text: hiddenText,
  postern_invisible_chars: invisibleChars,
  postern_defect: defect,
  postern_short_with_link: shortWithLink,
  postern_hop_count: hopCount,
  postern_brand_in_name_only: brandInNameOnly,
}
