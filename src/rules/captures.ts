// SPDX-License-Identifier: Apache-2.0
/** The groups of a pattern where it matches, in bounded time. Matching alone needs none, and is faster without. */
import { printRegex } from '../kit/regex-print.ts'
import { maxSteps, type Pattern } from './pattern.ts'
import { search, slotsOnOwn } from './search.ts'

/** Group 0 is the whole match; undefined for a group that took no part. */
export type Groups = readonly (string | undefined)[]

/** The groups of each match in a text, at most so many. */
export function* groupsIn(pattern: Pattern, text: string, most: number): Generator<Groups> {
  let from = 0
  for (let count = 0; count < most && from <= text.length; count++) {
    const match = search(pattern, text, from)
    if (match === null) return
    yield groupsAt(pattern, text, match.index) ?? [match.text]
    from = match.index + Math.max(1, match.text.length)
  }
}

/** null where they could not be told within the steps there are. */
function groupsAt(pattern: Pattern, text: string, index: number): Groups | null {
  if (text.length <= pattern.window || pattern.stepsFrom(text.length - index, null) <= maxSteps)
    return onPlatform(pattern, text, index)
  const slots = slotsOnOwn(pattern, text, pattern.groups, index, true)
  if (slots === null) return null
  return Array.from({ length: pattern.groups + 1 }, (_, i) => {
    const [start = -1, end = -1] = [slots[i * 2], slots[i * 2 + 1]]
    return start < 0 || end < 0 ? undefined : text.slice(start, end)
  })
}

interface Capturing {
  readonly regex: RegExp
  readonly groups: readonly (number | undefined)[]
}

const capturing = new WeakMap<Pattern, Capturing>()

function onPlatform(pattern: Pattern, text: string, index: number): Groups | null {
  const { regex, groups } = capturing.get(pattern) ?? compileCapturing(pattern)
  regex.lastIndex = index
  const match = regex.exec(text)
  if (match === null) return null
  return Array.from({ length: pattern.groups + 1 }, (_, i) => match[groups[i] ?? -1])
}

function compileCapturing(pattern: Pattern): Capturing {
  const { source, flags, groups } = printRegex(pattern.root, true)
  const made = { regex: new RegExp(source, `y${flags}`), groups }
  capturing.set(pattern, made)
  return made
}
