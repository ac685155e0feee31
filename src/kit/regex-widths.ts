// SPDX-License-Identifier: Apache-2.0
/** How many code units the matches of a node have. */
import type { RegexNode } from './regex-syntax.ts'

export interface Width {
  readonly min: number
  /** Infinity where there is no limit. */
  readonly max: number
}

const nothing: Width = { min: 0, max: 0 }
const known = new WeakMap<RegexNode, Width>()

export function widthOf(node: RegexNode): Width {
  const kept = known.get(node)
  if (kept !== undefined) return kept
  const width = readWidth(node)
  known.set(node, width)
  return width
}

function readWidth(node: RegexNode): Width {
  switch (node.kind) {
    case 'set':
      return { min: 1, max: 1 }
    case 'assert':
    case 'look':
      return nothing
    case 'backref':
      return { min: 0, max: Number.POSITIVE_INFINITY }
    case 'group':
    case 'atomic':
      return widthOf(node.node)
    case 'seq':
      return widthOfAll(node.nodes)
    case 'alt': {
      const widths = node.nodes.map(widthOf)
      return { min: Math.min(...widths.map(({ min }) => min)), max: Math.max(...widths.map(({ max }) => max)) }
    }
    case 'repeat': {
      const { min, max } = widthOf(node.node)
      return { min: min * node.min, max: max === 0 ? 0 : max * node.max }
    }
  }
}

/** Of nodes behind one another. */
export function widthOfAll(nodes: readonly RegexNode[]): Width {
  return nodes.map(widthOf).reduce((sum, { min, max }) => ({ min: sum.min + min, max: sum.max + max }), nothing)
}
