// SPDX-License-Identifier: Apache-2.0
/** What rule files say about lists of hashes (SpamAssassin's HashBL): what is an address, and which are not asked about. */
import type { Regex } from '../kit/regex.ts'
import { compileBounded, type Pattern, patternOrWhy } from './pattern.ts'

export interface HashBlSettings {
  /** Values, hashes, names and types of attachments that no list is asked about, in lower case. */
  readonly ignored: Set<string>
  /** The domain that is asked about instead, by domain. */
  readonly aliases: Map<string, string>
  /** By the name of an access list: domains, false for those that are left out. */
  readonly access: Map<string, Map<string, boolean>>
  /** What an address in a text looks like; null for what it usually does. */
  emailPattern: EmailPattern | null
  /** Addresses that are no persons'; null for those that usually are not. */
  welcome: Regex | null
}

export interface EmailPattern {
  readonly pattern: Pattern
  /** What it matches has to end in a top-level domain that there is (_TLDS_). */
  readonly needsTopLevel: boolean
}

export function emptyHashBlSettings(): HashBlSettings {
  return { ignored: new Set(), aliases: new Map(), access: new Map(), emailPattern: null, welcome: null }
}

export const hashBlSettingNames: readonly string[] = [
  'hashbl_ignore',
  'hashbl_email_domain_alias',
  'hashbl_email_regex',
  'hashbl_email_welcomelist',
]

/** What _TLDS_ stands for in a pattern. Whether there is such a domain is looked up when the pattern has matched. */
const topLevel = '(?<![A-Za-z0-9-])[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])(?![A-Za-z0-9-]|\\.[A-Za-z0-9])'

/** Reads a line. False when the directive is none of ours; a text says what is wrong with it. */
export function readHashBlSetting(settings: HashBlSettings, directive: string, rest: string): boolean | string {
  const words = rest
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const list = /^hashbl_acl_([a-z0-9]{1,32})$/.exec(directive)?.[1]
  if (list !== undefined) return addAccess(settings, list, words)
  switch (directive) {
    case 'hashbl_ignore':
      for (const word of words) settings.ignored.add(word)
      return words.length > 0 || 'write values or hashes that no list is asked about'
    case 'hashbl_email_domain_alias': {
      const [domain = '', ...others] = words
      if (others.length === 0 || rest.includes('@')) return 'write a domain, then those that stand for it'
      for (const other of others) settings.aliases.set(other, domain)
      return true
    }
    case 'hashbl_email_regex': {
      const pattern = rest === '' ? 'there is no pattern' : emailPattern(rest)
      if (typeof pattern === 'string') return pattern
      settings.emailPattern = pattern
      return true
    }
    case 'hashbl_email_welcomelist': {
      const regex = rest === '' ? 'there is no pattern' : compileBounded(rest.replaceAll('_TLDS_', topLevel), '')
      if (typeof regex === 'string') return `the pattern is refused: ${regex}`
      settings.welcome = regex
      return true
    }
    default:
      return false
  }
}

function emailPattern(source: string): EmailPattern | string {
  const pattern = patternOrWhy(source.replaceAll('_TLDS_', topLevel), '')
  if (typeof pattern === 'string') return pattern
  if (pattern.mayBeEmpty) return 'the pattern matches where there is nothing'
  return { pattern, needsTopLevel: source.includes('_TLDS_') }
}

/** "example.org !other.example": a domain that is left out stays so. In the list "all" only those that are count. */
function addAccess({ access }: HashBlSettings, name: string, words: readonly string[]): true | string {
  const list = access.get(name) ?? new Map<string, boolean>()
  access.set(name, list)
  for (const word of words) {
    if (word.startsWith('!')) list.set(word.slice(1), false)
    else if (name !== 'all' && list.get(word) !== false) list.set(word, true)
  }
  return words.length > 0 || 'write domains, with "!" before those that are left out'
}
