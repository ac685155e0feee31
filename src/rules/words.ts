// SPDX-License-Identifier: Apache-2.0

/** What stands between white space, one after the other: who needs few words does not pay for all. */
export function* wordsOf(text: string): Generator<string, void> {
  const blank = /\s/g
  let from = 0
  while (blank.test(text)) {
    if (blank.lastIndex - 1 > from) yield text.slice(from, blank.lastIndex - 1)
    from = blank.lastIndex
  }
  if (from < text.length) yield text.slice(from)
}
