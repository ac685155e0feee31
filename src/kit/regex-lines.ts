// SPDX-License-Identifier: Apache-2.0
/** Patterns that match at the start of a line or not at all, and how long that line has to be. */
import { LF } from './bytes.ts'
import { contains } from './regex-sets.ts'
import { partsOf, type RegexNode } from './regex-syntax.ts'
import { widthOf } from './regex-widths.ts'

/** Code units other than a line end with which every match begins; null where a match may begin inside a line. */
export function leastLine(root: RegexNode): number | null {
  const nodes = flat(root)
  if (nodes[0]?.kind !== 'assert' || nodes[0].assert !== 'line-start') return null
  let units = 0
  for (const node of nodes) {
    if (mayHoldNewline(node)) break
    units += widthOf(node).min
  }
  return units
}

/** A sequence without the groups around it and at its beginning. */
function flat(node: RegexNode): readonly RegexNode[] {
  if (node.kind === 'group' || node.kind === 'atomic') return flat(node.node)
  if (node.kind !== 'seq') return [node]
  const [first, ...others] = node.nodes
  return first === undefined ? [] : [...flat(first), ...others]
}

function mayHoldNewline(node: RegexNode): boolean {
  if (node.kind === 'set') return contains(node.set, LF)
  // Looking takes nothing; what was captured may be anything.
  if (node.kind === 'look') return false
  return node.kind === 'backref' || partsOf(node).some(mayHoldNewline)
}
