// SPDX-License-Identifier: Apache-2.0
/**
 * Folder names. Inside Postern a name is Unicode text with "/" between its levels; on disk it is a Maildir++
 * directory: INBOX is the Maildir itself, "Work/2026" is ".Work.2026", in modified UTF-7 as other Maildir++ programs
 * write it. "." is the separator on disk, so it cannot stand in a level's name.
 */
import { join } from 'node:path'
import { decodeMutf7, encodeMutf7 } from './mutf7.ts'

export type SpecialUse = '\\Junk' | '\\Sent' | '\\Drafts' | '\\Trash' | '\\Archive'

/** Folders that an account has from the start (RFC 6154 names their uses). */
export const defaultFolders = ['Junk', 'Sent', 'Drafts', 'Trash'] as const

const specialUses: Readonly<Record<string, SpecialUse>> = {
  Junk: '\\Junk',
  Sent: '\\Sent',
  Drafts: '\\Drafts',
  Trash: '\\Trash',
  Archive: '\\Archive',
}

const maxLevels = 16
const maxEntry = 255

export function specialUseOf(name: string): SpecialUse | null {
  return Object.hasOwn(specialUses, name) ? (specialUses[name] ?? null) : null
}

/** INBOX in its one spelling (RFC 3501 §5.1: it is case-insensitive), others as they are. */
export function canonicalName(name: string): string {
  const cut = name.indexOf('/')
  const first = cut < 0 ? name : name.slice(0, cut)
  return first.toUpperCase() === 'INBOX' ? `INBOX${cut < 0 ? '' : name.slice(cut)}` : name
}

/** Why a name cannot be a folder; null when it can. */
export function whyNotFolder(name: string): string | null {
  const levels = name.split('/')
  if (levels.includes('')) return 'a level of the name is empty'
  if (levels.length > maxLevels) return `more than ${maxLevels} levels`
  if (name.includes('.')) return '"." cannot stand in a folder name'
  if (/[\p{Cc}%*]/u.test(name) || !name.isWellFormed()) return 'control characters, "%" and "*" cannot stand in it'
  if (entryOf(name).length > maxEntry) return 'the name is too long'
  return null
}

function entryOf(name: string): string {
  return `.${name.split('/').map(encodeMutf7).join('.')}`
}

/** The folder's directory; the name must have passed whyNotFolder. */
export function folderPath(maildir: string, name: string): string {
  return name === 'INBOX' ? maildir : join(maildir, entryOf(name))
}

/** The folder a directory entry of a Maildir stands for; null where it is none of ours. */
export function folderOfEntry(entry: string): string | null {
  if (!entry.startsWith('.') || entry.length < 2) return null
  const levels = entry.slice(1).split('.').map(decodeMutf7)
  if (levels.some((level) => level === null || level.includes('/'))) return null
  const name = levels.join('/')
  return whyNotFolder(name) === null && name !== 'INBOX' && canonicalName(name) === name ? name : null
}
