// SPDX-License-Identifier: Apache-2.0

/**
 * Does a folder name match a LIST pattern? "*" stands for anything, "%" for anything without "/" (RFC 3501 §6.3.8).
 * reach[j] says that the first j characters of the pattern match what was read of the name: the cost is pattern times
 * name, whatever the pattern.
 */
export function listMatches(pattern: string, name: string): boolean {
  let reach = new Uint8Array(pattern.length + 1)
  reach[0] = 1
  for (let j = 0; isWild(pattern[j]) && reach[j] === 1; j += 1) reach[j + 1] = 1
  for (let i = 0; i < name.length; i += 1) {
    const next = new Uint8Array(pattern.length + 1)
    for (let j = 0; j < pattern.length; j += 1) {
      const wanted = pattern[j]
      const stays = wanted === '*' || (wanted === '%' && name[i] !== '/')
      if (isWild(wanted)) next[j + 1] = next[j] === 1 || (stays && reach[j + 1] === 1) ? 1 : 0
      else next[j + 1] = wanted === name[i] ? (reach[j] ?? 0) : 0
    }
    reach = next
  }
  return reach[pattern.length] === 1
}

function isWild(char: string | undefined): boolean {
  return char === '*' || char === '%'
}
