// SPDX-License-Identifier: Apache-2.0
/**
 * How many attempts to match, each from another place, may read the same code unit. Where a match begins with a mark
 * that it cannot read twice ("<[^<>]*", "^.*" line by line), attempts end before the next begins.
 */
import { beginsWith, headsOf } from './regex-heads.ts'
import { type CharSet, overlap, union } from './regex-sets.ts'
import { partsOf, type RegexNode } from './regex-syntax.ts'

/** Infinity when there is no limit. */
export function overlapsOf(root: RegexNode): number {
  const marks = beginsWith(root, 'line-start') ? [{ at: 0, set: [10, 10] }, ...marksOf(root)] : marksOf(root)
  // The unit at which an attempt fails has been read too.
  return Math.min(...marks.map(({ at, set }) => mostOf(root, root, set) + at + 2), Number.POSITIVE_INFINITY)
}

/** Sets of which every match has a unit so far behind its start. */
function marksOf(root: RegexNode): { readonly at: number; readonly set: CharSet }[] {
  const heads = headsOf(root)
  const length = Math.min(...heads.map((head) => head.length))
  return Array.from({ length }, (_, at) => ({ at, set: union(...heads.map((head) => head[at] ?? [])) }))
}

/** How many units of the set an attempt may read at most. root: where groups are looked up that references repeat. */
function mostOf(node: RegexNode, root: RegexNode | null, set: CharSet): number {
  switch (node.kind) {
    case 'set':
      return overlap(node.set, set) ? 1 : 0
    case 'assert':
      return 0
    case 'backref': {
      const group = root === null ? null : groupOf(root, node.index)
      // A group that holds references itself is not followed.
      return group === null ? Number.POSITIVE_INFINITY : mostOf(group, null, set)
    }
    case 'seq':
      return node.nodes.reduce((sum, part) => sum + mostOf(part, root, set), 0)
    case 'alt':
      return Math.max(...node.nodes.map((part) => mostOf(part, root, set)))
    case 'repeat': {
      const inside = mostOf(node.node, root, set)
      return inside === 0 ? 0 : inside * node.max
    }
    default:
      return mostOf(node.node, root, set)
  }
}

function groupOf(node: RegexNode, index: number): RegexNode | null {
  if (node.kind === 'group' && node.index === index) return node.node
  for (const part of partsOf(node)) {
    const found = groupOf(part, index)
    if (found !== null) return found
  }
  return null
}
