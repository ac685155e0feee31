// SPDX-License-Identifier: Apache-2.0
/** Addresses as lists name them: "*@example.org", "a?c@example.org". Matching takes no regular expression. */

/** Patterns in lower case. */
export type AddressGlobs = Set<string>

export function emptyGlobs(): AddressGlobs {
  return new Set()
}

export function addGlobs(globs: AddressGlobs, patterns: readonly string[]): void {
  for (const pattern of patterns) globs.add(pattern.toLowerCase())
}

/** True when one of the patterns matches the whole text, case aside. */
export function matchesGlobs(globs: AddressGlobs, text: string): boolean {
  const lower = text.toLowerCase()
  if (globs.has(lower)) return true
  for (const glob of globs) if (/[*?]/.test(glob) && matchesGlob(glob, lower)) return true
  return false
}

/** "*" stands for any text, "?" for one character. Goes back to the last star only, so the work is length × length. */
export function matchesGlob(glob: string, text: string): boolean {
  let [at, i, star, mark] = [0, 0, -1, 0]
  while (i < text.length) {
    if (glob[at] === '*') {
      star = at++
      mark = i
    } else if (glob[at] === '?' || glob[at] === text[i]) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++mark
    } else return false
  }
  while (glob[at] === '*') at++
  return at === glob.length
}
