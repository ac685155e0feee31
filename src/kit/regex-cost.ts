// SPDX-License-Identifier: Apache-2.0
/** What a backtracking engine may have to pay for a pattern, at worst. */

import { anyChar, type CharSet, overlap, union } from './regex-sets.ts'
import { partsOf, type RegexNode } from './regex-syntax.ts'

interface Cost {
  /** In how many ways a node can match from one start, as far as the engine might try them. */
  readonly ways: number
  /** Steps to try them all. */
  readonly steps: number
}

/**
 * Steps on a text of n code units; Infinity when they may grow exponentially. Too high rather than too low: a pattern
 * judged too harshly only runs on the slower engine.
 */
export function worstSteps(root: RegexNode, n: number): number {
  return (isAnchored(root) ? 1 : n) * costOf(root, [], n).steps
}

/** follow: what the next code unit must be for the rest to match; empty when the match is complete. */
function costOf(node: RegexNode, follow: CharSet, n: number): Cost {
  switch (node.kind) {
    case 'set':
    case 'assert':
      return { ways: 1, steps: 1 }
    case 'backref':
      return { ways: 1, steps: n }
    case 'group':
      return costOf(node.node, follow, n)
    case 'look':
    case 'atomic':
      return { ways: 1, steps: costOf(node.node, anyChar, n).steps }
    case 'seq':
      return costOfSequence(node.nodes, follow, n)
    case 'alt': {
      const costs = node.nodes.map((part) => costOf(part, follow, n))
      const steps = costs.reduce((sum, cost) => sum + cost.steps, 0)
      const ways = costs.reduce((sum, cost) => sum + cost.ways, 0)
      return { ways: isChosenByFirst(node.nodes, costs) ? 1 : ways, steps }
    }
    case 'repeat':
      return costOfRepeat(node, follow, n)
  }
}

function costOfSequence(nodes: readonly RegexNode[], follow: CharSet, n: number): Cost {
  let next = follow
  const follows = nodes.map(() => follow)
  for (let i = nodes.length - 1; i >= 0; i--) {
    follows[i] = next
    const part = nodes[i]
    if (part !== undefined) next = mayBeEmpty(part) ? union(firstOf(part), next) : firstOf(part)
  }
  let [ways, steps] = [1, 1]
  for (const [i, part] of nodes.entries()) {
    const cost = costOf(part, follows[i] ?? follow, n)
    steps += ways * cost.steps
    ways *= cost.ways
  }
  return { ways, steps }
}

/** Where the body matches in one way only, the one choice is where to stop; and none where the next unit tells. */
function costOfRepeat(node: RegexNode & { kind: 'repeat' }, follow: CharSet, n: number): Cost {
  const first = firstOf(node.node)
  const body = costOf(node.node, union(first, follow), n)
  const isSingle = body.ways === 1 && !mayBeEmpty(node.node)
  const choices = isSingle && !overlap(first, follow) ? 1 : Math.min(node.max, n) - Math.min(node.min, n) + 1
  // Turn by turn the text is read once, unless something inside looks around without moving on.
  const turns = Math.min(node.max, n)
  if (isSingle && (turns < n || looksAround(node.node))) return { ways: choices, steps: turns * body.steps }
  if (isSingle) return { ways: choices, steps: n }
  if (node.max === Number.POSITIVE_INFINITY) return { ways: node.max, steps: node.max }
  const ways = body.ways ** node.max * choices
  return { ways, steps: ways * node.max * body.steps }
}

function looksAround(node: RegexNode): boolean {
  return node.kind === 'look' || node.kind === 'atomic' || node.kind === 'backref' || partsOf(node).some(looksAround)
}

function isChosenByFirst(nodes: readonly RegexNode[], costs: readonly Cost[]): boolean {
  if (costs.some((cost) => cost.ways !== 1) || nodes.some(mayBeEmpty)) return false
  const firsts = nodes.map(firstOf)
  return firsts.every((one, i) => firsts.slice(i + 1).every((other) => !overlap(one, other)))
}

/** What the first code unit can be; anything where only a position is asked for. */
function firstOf(node: RegexNode): CharSet {
  switch (node.kind) {
    case 'set':
      return node.set
    case 'alt':
      return union(...node.nodes.map(firstOf))
    case 'seq': {
      const mandatory = node.nodes.findIndex((part) => !mayBeEmpty(part))
      const reach = mandatory < 0 ? node.nodes : node.nodes.slice(0, mandatory + 1)
      return union(...reach.map(firstOf))
    }
    case 'group':
    case 'atomic':
    case 'repeat':
      return firstOf(node.node)
    default:
      return anyChar
  }
}

function mayBeEmpty(node: RegexNode): boolean {
  switch (node.kind) {
    case 'set':
      return false
    case 'alt':
      return node.nodes.some(mayBeEmpty)
    case 'seq':
      return node.nodes.every(mayBeEmpty)
    case 'group':
    case 'atomic':
      return mayBeEmpty(node.node)
    case 'repeat':
      return node.min === 0 || mayBeEmpty(node.node)
    default:
      return true
  }
}

function isAnchored(node: RegexNode): boolean {
  switch (node.kind) {
    case 'assert':
      return node.assert === 'start'
    case 'seq':
      return node.nodes[0] !== undefined && isAnchored(node.nodes[0])
    case 'alt':
      return node.nodes.every(isAnchored)
    case 'group':
    case 'atomic':
      return isAnchored(node.node)
    default:
      return false
  }
}
