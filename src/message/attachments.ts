// SPDX-License-Identifier: Apache-2.0
/** Attachments: by the name the sender gave, the type it claims, and what the first bytes say. */
import { latin1 } from '../kit/bytes.ts'
import { limits } from './limits.ts'
import { type Part, uuInside } from './structure.ts'

export interface Attachment {
  /** Decoded, without any path; empty when there is none. */
  readonly name: string
  /** Lower case, without the dot; empty when there is none. */
  readonly extension: string
  readonly claimedType: string
  /** What the first bytes are; null when they are nothing we know. */
  readonly magic: Magic | null
  /** Shown inside the text rather than listed. */
  readonly inline: boolean
  /** Bytes as they travel. */
  readonly encodedBytes: number
  readonly part: Part
}

export type Magic = (typeof signatures)[number][0] | 'html' | 'iso' | 'tar'

/** First bytes, one code unit per byte. Order matters where one begins like another. */
const signatures = [
  ['pe', 'MZ'],
  ['elf', '\x7fELF'],
  ['macho', '\xcf\xfa\xed\xfe'],
  ['zip', 'PK\x03\x04'],
  ['zip', 'PK\x05\x06'],
  ['rar', 'Rar!\x1a\x07'],
  ['7z', '7z\xbc\xaf\x27\x1c'],
  ['gzip', '\x1f\x8b'],
  ['bzip2', 'BZh'],
  ['xz', '\xfd7zXZ\0'],
  ['cab', 'MSCF'],
  ['ace', '\0\0\0\0\0\0\0**ACE**'],
  ['ole', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ['pdf', '%PDF-'],
  ['rtf', '{\\rtf'],
  ['lnk', 'L\0\0\0\x01\x14\x02\0'],
  ['png', '\x89PNG'],
  ['jpeg', '\xff\xd8\xff'],
  ['gif', 'GIF8'],
  ['tnef', '\x78\x9f\x3e\x22'],
  ['onenote', '\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d'],
  ['class', '\xca\xfe\xba\xbe'],
] as const

/** What the first bytes of a file are. HTML, tar archives and ISO images are recognised beyond the first bytes. */
export function magicOf(bytes: Buffer): Magic | null {
  const head = latin1(bytes, 0, Math.min(bytes.length, 512))
  for (const [name, first] of signatures) if (head.startsWith(first)) return name
  if (/^\s{0,100}(?:\xef\xbb\xbf)?\s{0,100}(?:<!doctype html|<html|<script|<svg)/i.test(head)) return 'html'
  if (head.startsWith('ustar', 257)) return 'tar'
  return bytes.length > 32_774 && latin1(bytes, 32_769, 32_774) === 'CD001' ? 'iso' : null
}

/** The attachments among the parts: whatever has a name, says it is one, or is neither text nor structure. */
export function findAttachments(parts: readonly Part[]): Attachment[] {
  const found: Attachment[] = []
  for (const part of parts) {
    if (part.type.startsWith('multipart/')) continue
    const disposition = part.disposition.value
    const isText = part.type === 'text/plain' || part.type === 'text/html'
    const name = part.fileName
    if (name !== null || disposition === 'attachment' || !(isText || part.children.length > 0)) {
      found.push(describe(part, name ?? '', part.content(magicBytes), disposition === 'inline'))
    } else if (part.type === 'text/plain' && part.text.includes('begin ')) {
      const hidden = uuInside(part, part.text)
      if (hidden !== null) found.push(describe(part, hidden.name, hidden.bytes, false))
    }
    if (found.length >= limits.parts) break
  }
  return found
}

/** Enough for every signature but the one of an ISO image, which needs 32 KiB; names tell those. */
const magicBytes = 1024

function describe(part: Part, name: string, head: Buffer, inline: boolean): Attachment {
  const bare = (name.split(/[/\\]/).pop() ?? '').trim()
  return {
    name: bare,
    extension: extensionOf(bare),
    claimedType: part.type,
    magic: magicOf(head),
    inline,
    encodedBytes: part.bodyEnd - part.bodyStart,
    part,
  }
}

/** Lower-case text behind the last dot. Windows ignores dots and blanks at the end of a name, so they are dropped. */
export function extensionOf(name: string): string {
  const bare = name.toLowerCase().replace(/[.\s]+$/, '')
  const dot = bare.lastIndexOf('.')
  return dot < 0 ? '' : bare.slice(dot + 1)
}
