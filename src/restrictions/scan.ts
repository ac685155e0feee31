// SPDX-License-Identifier: Apache-2.0
/** The text of a list → names and arguments; what they mean is for parse.ts. */
import { isTableSpec } from '../tables/open.ts'
import { inBraces, splitWords } from '../tables/words.ts'
import { Misspelt } from './build.ts'
import { catalogue, scoreInstead, warnIfReject } from './catalogue.ts'
import type { Scored } from './refusal.ts'
import { readScored } from './score.ts'

/** One entry of a list of the configuration: one restriction with its argument, or several. */
export interface WrittenLine {
  readonly text: string
  readonly file: string
  readonly line: number
}

export interface Written {
  /** In lower case where it is a restriction, as it was written where it may be a class. */
  readonly name: string
  readonly argument: string | null
  /** Preceded by warn_if_reject. */
  readonly warnOnly: boolean
  /** Preceded by "score N SYMBOL"; where nothing follows it, it stands for itself. */
  readonly scored: Scored | null
}

/**
 * Splits a text into restrictions; bareTable is what a table alone stands for, null where it may not. Throws a Misspelt.
 */
export function scanText(text: string, bareTable: string | null): Written[] {
  const words = splitWords(text)
  if (words === null) throw new Misspelt(`"${text}" has braces that do not pair`)
  const found: Written[] = []
  let warnOnly = false
  let scored: Scored | null = null
  for (let at = 0; at < words.length; at++) {
    const inner = inBraces(words[at] ?? '')
    if (inner !== null) words.splice(at, 1, ...(splitWords(inner) ?? []))
    const word = words[at] ?? ''
    if (word.toLowerCase() === warnIfReject) {
      warnOnly = true
      continue
    }
    if (word.toLowerCase() === scoreInstead) {
      scored = readScored(words[++at], words[++at])
      continue
    }
    if (isTableSpec(word)) {
      if (bareTable === null) throw new Misspelt(`the table "${word}" stands alone`, 'write check_…_access before it')
      found.push({ name: bareTable, argument: word, warnOnly, scored })
    } else {
      const maker = catalogue.get(word.toLowerCase())
      const argument = maker === undefined || maker.argument === null ? null : words[++at]
      if (argument === undefined) throw new Misspelt(`${word} needs an argument`, `write ${word} ${maker?.argument}`)
      found.push({ name: maker === undefined ? word : word.toLowerCase(), argument, warnOnly, scored })
    }
    warnOnly = false
    scored = null
  }
  if (scored !== null) found.push({ name: scoreInstead, argument: null, warnOnly: false, scored })
  if (warnOnly) throw new Misspelt('warn_if_reject has no restriction after it', 'write both in one string')
  return found
}
