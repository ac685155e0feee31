// SPDX-License-Identifier: Apache-2.0
/** With what a match can begin: enough to tell that two patterns never begin at the same place. */
import { anyChar, type CharSet, overlap, union } from './regex-sets.ts'
import { type AssertKind, partsOf, type RegexNode } from './regex-syntax.ts'

/** What the first code units must be, one set each; an empty head says nothing. */
export type Head = readonly CharSet[]

/** Of heads where there are many; beyond it only the first units together are kept. */
const maxHeads = 64
/** Code units that are looked at. */
const maxUnits = 6

export const anyHead: readonly Head[] = [[]]

const known = new WeakMap<RegexNode, readonly Head[]>()

/** Every match of the node begins with one of these. */
export function headsOf(node: RegexNode): readonly Head[] {
  const kept = known.get(node)
  if (kept !== undefined) return kept
  const heads = few(readHeads(node))
  known.set(node, heads)
  return heads
}

function readHeads(node: RegexNode): readonly Head[] {
  switch (node.kind) {
    case 'set':
      return [[node.set]]
    case 'group':
    case 'atomic':
      return headsOf(node.node)
    case 'alt':
      return node.nodes.flatMap(headsOf)
    case 'seq':
      return sequenceHeads(node.nodes)
    case 'repeat':
      // Only the first turn is certain.
      return node.min === 0 ? joined(headsOf(node.node), anyHead) : headsOf(node.node)
    default:
      return anyHead
  }
}

function sequenceHeads(nodes: readonly RegexNode[]): readonly Head[] {
  let heads: readonly Head[] = [[]]
  for (const part of nodes) {
    if (part.kind === 'assert' || part.kind === 'look') continue
    const next = headsOf(part)
    const isFixed = fixedUnits(part) !== null
    // What may be left out, and what follows it, are both possible here.
    if (mayBeEmpty(part)) return heads
    if (heads.length * next.length > maxHeads) return heads.some((head) => head.length === 0) ? few(next) : heads
    heads = heads.flatMap((head) => next.map((more) => [...head, ...more].slice(0, maxUnits)))
    if (!isFixed || heads.every((head) => head.length >= maxUnits)) break
  }
  return heads
}

function few(heads: readonly Head[]): readonly Head[] {
  if (heads.length <= maxHeads) return heads
  const told = heads.filter((head) => head.length > 0)
  const together: Head = [union(...told.map((head) => head[0] ?? anyChar))]
  return told.length < heads.length ? [together, []] : [together]
}

/** One of either. */
export function joined(one: readonly Head[], other: readonly Head[]): readonly Head[] {
  return few([...one, ...other])
}

/** With what a part that may be left out begins when it is not. */
export function headsWhenThere(node: RegexNode): readonly Head[] {
  return holdsReference(node) ? anyHead : headsOf(node).filter((head) => head.length > 0)
}

function holdsReference(node: RegexNode): boolean {
  return node.kind === 'backref' || partsOf(node).some(holdsReference)
}

/** True when some text can begin with one of each. */
export function canMeet(one: readonly Head[], other: readonly Head[]): boolean {
  return one.some((a) => other.some((b) => !exclude(a, b)))
}

function exclude(one: Head, other: Head): boolean {
  for (let i = 0; i < Math.min(one.length, other.length); i++) if (!overlap(one[i] ?? [], other[i] ?? [])) return true
  return false
}

/** The length of every match of the node; null where matches differ. */
function fixedUnits(node: RegexNode): number | null {
  switch (node.kind) {
    case 'set':
      return 1
    case 'assert':
    case 'look':
      return 0
    case 'group':
    case 'atomic':
      return fixedUnits(node.node)
    case 'alt': {
      const [first = null, ...others] = node.nodes.map(fixedUnits)
      return others.every((other) => other === first) ? first : null
    }
    case 'seq':
      return node.nodes.reduce<number | null>((sum, part) => {
        const units = fixedUnits(part)
        return sum === null || units === null ? null : sum + units
      }, 0)
    default:
      return null
  }
}

/** Every match begins where an assertion holds. */
export function beginsWith(node: RegexNode, assert: AssertKind): boolean {
  switch (node.kind) {
    case 'assert':
      return node.assert === assert
    case 'seq':
      return node.nodes[0] !== undefined && beginsWith(node.nodes[0], assert)
    case 'alt':
      return node.nodes.every((one) => beginsWith(one, assert))
    case 'group':
    case 'atomic':
      return beginsWith(node.node, assert)
    default:
      return false
  }
}

/** True when the node can match nothing. */
export function mayBeEmpty(node: RegexNode): boolean {
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
