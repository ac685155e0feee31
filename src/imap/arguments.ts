// SPDX-License-Identifier: Apache-2.0
/** Arguments that several commands share. */
import { type Flags, flagsOf, maxKeyword, maxKeywords } from '../mailbox/flags.ts'
import { decodeMutf7 } from '../mailbox/mutf7.ts'
import type { Lexer } from './lexer.ts'
import { bad, no } from './refusal.ts'
import { parseSet } from './sets.ts'
import { type Talk, viewOf } from './talk.ts'

/** A folder name in Unicode. Names in raw UTF-8 are taken too: RFC 9051 clients write them. */
export function folderArgument(args: Lexer): string {
  return unicodeName(args.astring())
}

export function unicodeName(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  const name = /[^\x00-\x7f]/.test(text) ? text : decodeMutf7(text)
  if (name === null || text.includes('\ufffd'))
    throw no('not a folder name: neither modified UTF-7 nor UTF-8', 'CANNOT')
  // A trailing separator only says that folders will be made below it (RFC 3501 §6.3.3).
  return name.length > 1 && name.endsWith('/') ? name.slice(0, -1) : name
}

/** The UIDs that a sequence or UID set stands for in this session. */
export function setArgument(talk: Talk, args: Lexer): readonly number[] {
  const uids = viewOf(talk).resolve(parseSet(args.setText()), talk.byUid)
  if (uids === null) throw bad('a sequence number is beyond the last message')
  return uids
}

/** "(\Seen $Forwarded)" */
export function flagList(args: Lexer): Flags {
  return checkedFlags(args.list(() => args.flag()))
}

export function checkedFlags(words: readonly string[]): Flags {
  if (words.some((word) => word.length > maxKeyword)) throw no(`keywords end at ${maxKeyword} characters`, 'LIMIT')
  const flags = flagsOf(words)
  if (words.length > maxKeywords + 6) throw no(`more than ${maxKeywords} keywords`, 'LIMIT')
  return flags
}
