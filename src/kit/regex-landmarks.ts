// SPDX-License-Identifier: Apache-2.0
/**
 * Texts behind repetitions: "From: " in "(?:.+\n)*From: (.*)". A matcher can stop repeating at every place, but goes on
 * only from where such a text stands; so a text in which it is rare cannot cost much.
 */
import type { CharSet } from './regex-sets.ts'
import { partsOf, type RegexNode } from './regex-syntax.ts'

/** Shorter ones are not rare. */
const minLength = 3

/** Every landmark in the pattern, in lower case. */
export function landmarksOf(node: RegexNode): readonly string[] {
  const inside = partsOf(node).flatMap(landmarksOf)
  if (node.kind !== 'seq') return inside
  return [...inside, ...node.nodes.flatMap((_, i) => (i > 0 ? (landmarkAt(node.nodes, i) ?? []) : []))]
}

/** The text that must stand where a part begins, if it is one, and the part before it can stop at many places. */
export function landmarkAt(nodes: readonly RegexNode[], at: number): string | null {
  const before = nodes[at - 1]
  if (before === undefined || !repeats(before)) return null
  let text = ''
  for (let i = at; i < nodes.length; i++) {
    const part = nodes[i]
    if (part?.kind === 'assert' && text === '') continue
    const letter = part?.kind === 'set' ? letterOf(part.set) : null
    if (letter === null) break
    text += letter
  }
  return text.length >= minLength ? text : null
}

function repeats(node: RegexNode): boolean {
  return node.kind === 'group' ? repeats(node.node) : node.kind === 'repeat'
}

/** The one unit of the set, both cases of a letter being one; null when there are others. */
function letterOf(set: CharSet): string | null {
  const [from = 0, to, other, last] = set
  if (from !== to || from > 255) return null
  const isBoth = other === from + 32 && from >= 65 && from <= 90 && set.length === 4 && other === last
  if (set.length !== 2 && !isBoth) return null
  return String.fromCharCode(from).toLowerCase()
}
