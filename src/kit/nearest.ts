// SPDX-License-Identifier: Apache-2.0

/** Words longer than this are never a misspelling of one another worth telling. */
const maxWord = 64

/** The known word nearest to what was written, or null when none is near enough to be what was meant. */
export function nearest(written: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(written.length / 3)) + 1
  for (const word of known) {
    const distance = editDistance(written, word, bestDistance)
    if (distance < bestDistance) {
      best = word
      bestDistance = distance
    }
  }
  return best
}

/** "did you mean X?", or null. */
export function didYouMean(written: string, known: Iterable<string>): string | null {
  const word = nearest(written, known)
  return word === null ? null : `did you mean ${word}?`
}

/** Insertions, deletions, replacements and swaps of neighbours; gives up at the ceiling. */
function editDistance(a: string, b: string, ceiling: number): number {
  if (a.length > maxWord || b.length > maxWord || Math.abs(a.length - b.length) >= ceiling) return ceiling
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    before = previous
    previous = row
  }
  return previous[b.length] ?? ceiling
}
