// SPDX-License-Identifier: Apache-2.0
/** The first part of a pattern: wherever the pattern matches, its beginning does too, and is found with less work. */
import type { RegexNode, RepeatNode } from './regex-syntax.ts'
import { widthOf } from './regex-widths.ts'

/** So much of the node that its matches have at least so many code units; all of it where it has no more. */
export function beginningOf(node: RegexNode, units: number): RegexNode {
  if (widthOf(node).min <= units) return node
  switch (node.kind) {
    case 'seq':
      return { kind: 'seq', nodes: firstOf(node.nodes, units) }
    case 'alt':
      return { kind: 'alt', nodes: node.nodes.map((part) => beginningOf(part, units)) }
    case 'group':
      return { ...node, node: beginningOf(node.node, units) }
    case 'atomic':
      return beginningOf(node.node, units)
    case 'repeat':
      return firstTurns(node, units)
    default:
      return node
  }
}

function firstOf(nodes: readonly RegexNode[], units: number): RegexNode[] {
  const first: RegexNode[] = []
  let left = units
  for (const node of nodes) {
    first.push(beginningOf(node, left))
    left -= widthOf(node).min
    if (left <= 0) break
  }
  return first
}

function firstTurns(repeat: RepeatNode, units: number): RegexNode {
  const { min } = widthOf(repeat.node)
  if (min >= units) return beginningOf(repeat.node, units)
  const turns = Math.ceil(units / min)
  return { ...repeat, min: turns, max: turns }
}
