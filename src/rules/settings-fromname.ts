// SPDX-License-Identifier: Apache-2.0
/** What rule files say about names that look like addresses (SpamAssassin's FromNameSpoof). */
import { AddressGlobs } from './globs.ts'

export interface FromNameSettings {
  /** Addresses by who owns them, so that two domains of one owner are no spoof. Earlier owners go first. */
  readonly owners: Map<string, AddressGlobs>
  /** Domains whose signatures vouch for whatever the name says. */
  readonly trustedSigners: Set<string>
  /** Fields, such as List-Id, of messages that are not looked at. */
  readonly ignoredFields: Set<string>
  /** Characters beside the address beyond which a name is more than an address. */
  extraCharacters: number
  /** Which of the differences check_fromname_spoof means: 0 any, 1 of the owner, 2 of the domain. */
  level: SpoofLevel
}

export type SpoofLevel = 0 | 1 | 2

export function emptyFromNameSettings(): FromNameSettings {
  return { owners: new Map(), trustedSigners: new Set(), ignoredFields: new Set(), extraCharacters: 50, level: 1 }
}

export const fromNameSettingNames: readonly string[] = [
  'fns_add_addrlist',
  'fns_remove_addrlist',
  'fns_extrachars',
  'fns_ignore_dkim',
  'fns_ignore_headers',
  'fns_check',
]

/** Reads a line. False when the directive is none of ours; a text says what is wrong with it. */
export function readFromNameSetting(settings: FromNameSettings, directive: string, rest: string): boolean | string {
  const words = rest.split(/\s+/).filter((word) => word !== '')
  switch (directive) {
    case 'fns_add_addrlist':
    case 'fns_remove_addrlist':
      return changeOwner(settings, rest, directive === 'fns_add_addrlist')
    case 'fns_ignore_dkim':
      for (const word of words) settings.trustedSigners.add(word.toLowerCase())
      return words.length > 0 || 'write the domains whose signatures are trusted'
    case 'fns_ignore_headers':
      for (const word of words) settings.ignoredFields.add(word)
      return words.length > 0 || 'write the names of fields'
    case 'fns_extrachars':
      if (!/^\d{1,6}$/.test(rest)) return `"${rest}" is no number of characters`
      settings.extraCharacters = Number(rest)
      return true
    case 'fns_check': {
      const level = spoofLevel(rest)
      if (level === null) return `"${rest}" is none of 0 (the address), 1 (its owner) and 2 (its domain)`
      settings.level = level
      return true
    }
    default:
      return false
  }
}

/** null for what is none. */
export function spoofLevel(text: string): SpoofLevel | null {
  return text === '0' ? 0 : text === '1' ? 1 : text === '2' ? 2 : null
}

function changeOwner({ owners }: FromNameSettings, rest: string, isAdded: boolean): true | string {
  const [, name = '', addresses = ''] = /^\(([^()]+)\)\s+(\S.*)$/s.exec(rest) ?? []
  if (name === '') return 'write the owner in parentheses, then addresses: (gmail) *@googlemail.com'
  const owner = name.trim().toLowerCase()
  const list = owners.get(owner) ?? new AddressGlobs()
  owners.set(owner, list)
  const words = addresses.split(/\s+/).filter((word) => word !== '')
  if (isAdded) list.add(words)
  else for (const word of words) list.delete(word)
  return true
}
