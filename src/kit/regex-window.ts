// SPDX-License-Identifier: Apache-2.0
/** The part of a pattern that a text holds most seldom: wherever the pattern matches, its window does too. */
import { beginningOf } from './regex-beginning.ts'
import type { CharSet } from './regex-sets.ts'
import { type AssertKind, partsOf, type RegexNode } from './regex-syntax.ts'
import { type Width, widthOf, widthOfAll } from './regex-widths.ts'

export interface Window {
  readonly root: RegexNode
  /** Code units from where the pattern begins to where its window ends. */
  readonly width: Width
  /** At which share of the places of common text it matches, by a rough guess. */
  readonly share: number
}

/** The rarest stretch of so many code units, or of fewer at the end of the pattern. */
export function windowOf(node: RegexNode, units: number): Window {
  if ((node.kind === 'group' || node.kind === 'atomic') && node.node.kind === 'seq') return windowOf(node.node, units)
  const nodes = node.kind === 'seq' ? node.nodes : [node]
  let best: Window | null = null
  for (let i = 0; i < nodes.length; i++) {
    const root = beginningOf({ kind: 'seq', nodes: nodes.slice(i) }, units)
    if (best !== null && widthOf(root).min === 0) break
    const width = widthOfAll([...nodes.slice(0, i), root])
    const share = shareOf(root)
    if (best === null || share < best.share) best = { root, width, share }
  }
  return best ?? { root: node, width: widthOf(node), share: shareOf(node) }
}

function shareOf(node: RegexNode): number {
  switch (node.kind) {
    case 'set':
      return setShare(node.set)
    case 'assert':
      return assertShares[node.assert] ?? 1
    case 'alt':
      return Math.min(
        1,
        partsOf(node).reduce((sum, part) => sum + shareOf(part), 0),
      )
    case 'seq':
      return partsOf(node).reduce((product, part) => product * shareOf(part), 1)
    case 'group':
    case 'atomic':
      return shareOf(node.node)
    case 'repeat':
      return shareOf(node.node) ** node.min
    default:
      return 1
  }
}

const assertShares: Partial<Record<AssertKind, number>> = {
  start: 0.01,
  'line-start': 0.03,
  'line-end': 0.03,
  word: 0.3,
}

/** Shares of the letters in English text, a to z, in parts of 1000. */
const letters = [82, 15, 28, 43, 127, 22, 20, 61, 70, 2, 8, 40, 24, 67, 75, 19, 1, 60, 63, 91, 28, 10, 24, 2, 20, 1]

/** By byte, in mail: mostly small letters and blanks, some capitals, digits and marks of HTML. */
const shares = Float64Array.from({ length: 256 }, (_, unit) => {
  const letter = letters[(unit | 32) - 97]
  if (letter !== undefined && unit >= 65 && unit <= 122) return unit >= 97 ? letter * 0.00055 : letter * 0.00005 + 0.002
  if (unit === 32) return 0.15
  if (unit >= 48 && unit <= 57) return 0.01
  if (unit === 10) return 0.015
  if (unit > 32 && unit < 127) return '/.-="<>:;%&#_'.includes(String.fromCharCode(unit)) ? 0.008 : 0.002
  return unit < 128 ? 0.0005 : 0.0002
})

function setShare(set: CharSet): number {
  let sum = 0
  for (let i = 0; i < set.length; i += 2)
    for (let unit = set[i] as number; unit <= Math.min(255, set[i + 1] as number); unit++) sum += shares[unit] as number
  return Math.min(1, sum)
}
