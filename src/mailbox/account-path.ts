// SPDX-License-Identifier: Apache-2.0
/** Where an account's mail lies: names chosen by strangers become directory names here, and nowhere else. */
import { join } from 'node:path'

/** Longest name a directory entry may have on the usual file systems, in bytes. */
const maxEntry = 255

/** What most names are: they stay as they are. */
const plainName = /^[a-z0-9_+=-][a-z0-9_+=.-]*$/

/**
 * One path component: letters, digits, "_", "-", "+", "=" and inner dots stay, every other byte becomes %XX.
 * An empty name becomes "%", which nothing else can become; so the mapping is one to one on lower-case names.
 */
export function encodeComponent(name: string): string {
  if (name === '') return '%'
  if (plainName.test(name)) return name
  let out = ''
  for (const byte of Buffer.from(name.toLowerCase(), 'utf8')) {
    const char = String.fromCharCode(byte)
    const plain = /[a-z0-9_+=-]/.test(char) || (char === '.' && out !== '')
    out += plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

/** <root>/<domain>/<local part>/Maildir; throws RangeError where a name cannot be a directory entry. */
export function maildirOf(root: string, account: string): string {
  const at = account.lastIndexOf('@')
  const local = encodeComponent(at < 0 ? account : account.slice(0, at))
  const domain = encodeComponent(at < 0 ? '' : account.slice(at + 1))
  if (local.length > maxEntry || domain.length > maxEntry) throw new RangeError('account name too long for a directory')
  return join(root, domain, local, 'Maildir')
}
