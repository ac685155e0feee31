// SPDX-License-Identifier: Apache-2.0

/**
 * Does a folder name match a LIST pattern? "*" stands for anything, "%" for anything without "/" (RFC 3501 §6.3.8).
 * All ways to match are followed at once, so the cost is at most pattern times name, whatever the pattern.
 */
export function listMatches(pattern: string, name: string): boolean {
  let states = new Set([0])
  const spread = (from: Set<number>): Set<number> => {
    const all = new Set<number>()
    for (let state of from) {
      all.add(state)
      while (pattern[state] === '*' || pattern[state] === '%') {
        state += 1
        all.add(state)
      }
    }
    return all
  }
  states = spread(states)
  for (const char of name) {
    const next = new Set<number>()
    for (const state of states) {
      const wanted = pattern.codePointAt(state)
      if (wanted === undefined) continue
      if (wanted === 42 || (wanted === 37 && char !== '/')) next.add(state)
      else if (String.fromCodePoint(wanted) === char) next.add(state + char.length)
    }
    if (next.size === 0) return false
    states = spread(next)
  }
  return states.has(pattern.length)
}
