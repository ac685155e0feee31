// SPDX-License-Identifier: Apache-2.0
/** What a backtracking engine may have to pay for a pattern, at worst. */

import { anyHead, beginsWith, canMeet, type Head, headsOf, headsWhenThere, joined, mayBeEmpty } from './regex-heads.ts'
import { landmarkAt } from './regex-landmarks.ts'
import { overlapsOf } from './regex-overlaps.ts'
import { partsOf, type RegexNode, type RepeatNode } from './regex-syntax.ts'

interface Cost {
  /** In how many ways a node can match from one start, as far as the engine might try them. */
  readonly ways: number
  /** Steps to try them all. */
  readonly steps: number
  /** Each way ends at another place. */
  readonly isSpread?: boolean
}

/** What is known of a text before a pattern runs on it. */
export interface TextSize {
  readonly units: number
  /** How often a landmark (regex-landmarks.ts) occurs, at most. */
  readonly landmarks: (text: string) => number
}

/**
 * Steps on a text of n code units; Infinity when they may grow exponentially. Too high rather than too low: a pattern
 * judged too harshly only runs on the slower engine.
 */
export function worstSteps(root: RegexNode, n: number): number {
  const steps = stepsFrom(root, n)
  if (beginsWith(root, 'start')) return steps
  const overlaps = overlapsOf(root)
  return overlaps < n ? Math.min(n * steps, overlaps * stepsSideBySide(root, n)) : n * steps
}

/** The same from one place of the text. */
export function stepsFrom(root: RegexNode, n: number, landmarks: TextSize['landmarks'] = () => n): number {
  const count = counters.get(root) ?? counterOf(root, [], false)
  counters.set(root, count)
  return count({ units: n, landmarks }).steps
}

/** What does not depend on the text is worked out once. */
type Counter = (size: TextSize) => Cost

const counters = new WeakMap<RegexNode, Counter>()

/** Of attempts of which none reads what another does, whatever their lengths are. */
function stepsSideBySide(root: RegexNode, n: number): number {
  let most = 0
  for (let length = 1; length < n * 2; length *= 2)
    most = Math.max(most, Math.ceil(n / length) * stepsFrom(root, Math.min(n, length * 2)))
  return most
}

/**
 * Repetitions up to this count, and alternatives outside loops, are taken as a constant factor and not counted as ways:
 * the text that would make the most of ten of them in a row does not come by itself, and whoever writes it gains little.
 */
const short = 16

const oneStep: Cost = { ways: 1, steps: 1 }

/**
 * follow: with what the rest must begin to match, one of these; empty when the match is complete. strict: inside a
 * loop, where every second way doubles the work with each turn.
 */
function counterOf(node: RegexNode, follow: readonly Head[], strict: boolean): Counter {
  switch (node.kind) {
    case 'set':
    case 'assert':
      return () => oneStep
    case 'backref':
      // Two units are compared in the time of a step.
      return ({ units }) => ({ ways: 1, steps: units / 2 })
    case 'group':
      return counterOf(node.node, follow, strict)
    case 'look':
    case 'atomic': {
      const inside = counterOf(node.node, anyHead, strict)
      return (size) => ({ ways: 1, steps: inside(size).steps })
    }
    case 'seq':
      return counterOfSequence(node.nodes, follow, strict)
    case 'alt': {
      const counters = node.nodes.map((part) => counterOf(part, follow, strict))
      const meeting = strict ? meetingOf(node.nodes) : null
      return (size) => {
        const costs = counters.map((count) => count(size))
        const ways = meeting === null ? Math.max(...costs.map((cost) => cost.ways)) : waysOfMeeting(meeting, costs)
        return { ways, steps: costs.reduce((sum, cost) => sum + cost.steps, 0) }
      }
    }
    case 'repeat':
      return counterOfRepeat(node, follow, strict)
  }
}

function counterOfSequence(nodes: readonly RegexNode[], follow: readonly Head[], strict: boolean): Counter {
  let next = follow
  const follows = nodes.map(() => follow)
  for (let i = nodes.length - 1; i >= 0; i--) {
    follows[i] = next
    const part = nodes[i]
    if (part !== undefined) next = mayBeEmpty(part) ? joined(headsWhenThere(part), next) : headsOf(part)
  }
  const parts = nodes.map((part, i) => ({
    count: counterOf(part, follows[i] ?? follow, strict),
    landmark: landmarkAt(nodes, i + 1),
  }))
  return (size) => {
    let [ways, steps] = [1, 1]
    for (const { count, landmark } of parts) {
      const cost = count(size)
      steps += ways * cost.steps
      // Of the places where a repetition can stop, only those go on at which the landmark stands.
      const isMarked = landmark !== null && cost.isSpread === true && cost.ways > 1
      ways *= isMarked ? Math.min(cost.ways, size.landmarks(landmark)) : cost.ways
    }
    return { ways, steps }
  }
}

/** Where the body matches in one way only, the one choice is where to stop; and none where the next unit tells. */
function counterOfRepeat(node: RepeatNode, follow: readonly Head[], strict: boolean): Counter {
  const heads = headsOf(node.node)
  const isLoop = node.max > short
  const count = counterOf(node.node, joined(heads, follow), strict || isLoop)
  const isEmpty = mayBeEmpty(node.node)
  const meets = canMeet(heads, follow)
  const looks = looksAround(node.node)
  return (size) => {
    const n = size.units
    const body = count(size)
    const isSingle = body.ways === 1 && !isEmpty
    const isClear = (isSingle && !meets) || !(strict || isLoop)
    const choices = isClear ? 1 : Math.min(node.max, n) - Math.min(node.min, n) + 1
    // Turn by turn the text is read once, unless something inside looks around without moving on.
    const turns = Math.min(node.max, n)
    if (isSingle) return { ways: choices, steps: turns < n || looks ? turns * body.steps : n, isSpread: true }
    if (node.max === Number.POSITIVE_INFINITY) return { ways: node.max, steps: node.max }
    const ways = body.ways ** node.max * choices
    return { ways, steps: ways * node.max * body.steps }
  }
}

function looksAround(node: RegexNode): boolean {
  return node.kind === 'look' || node.kind === 'atomic' || node.kind === 'backref' || partsOf(node).some(looksAround)
}

/** By alternative: which ones some text can begin with as well as with it. */
function meetingOf(nodes: readonly RegexNode[]): readonly (readonly number[])[] {
  const heads = nodes.map(headsOf)
  if (nodes.length > maxCompared) return [[...heads.keys()]]
  return heads.map((one) => heads.flatMap((other, k) => (canMeet(one, other) ? [k] : [])))
}

/**
 * Alternatives that no text can begin with both of are not tried after one another. A text that several fit makes them
 * fit each other two by two, so the most that go with one of them is the most there can be.
 */
function waysOfMeeting(meeting: readonly (readonly number[])[], costs: readonly Cost[]): number {
  return Math.max(...meeting.map((group) => group.reduce((ways, k) => ways + (costs[k]?.ways ?? 0), 0)))
}

/** Alternatives of one group that are compared with each other. */
const maxCompared = 300
