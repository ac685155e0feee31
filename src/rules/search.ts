// SPDX-License-Identifier: Apache-2.0
/** Finds where a pattern matches, in bounded time: whichever matcher can be trusted with this text and these places. */
import { fromLatin1 } from '../kit/bytes.ts'
import { runCounted } from '../kit/regex-counted.ts'
import { runLinear } from '../kit/regex-linear.ts'
import { firstUnits, type Slots } from '../kit/regex-program.ts'
import { maxSteps, type Pattern } from './pattern.ts'

export interface Match {
  readonly index: number
  readonly text: string
}

/** Steps of our own matcher, which are slower. */
const maxCounted = 2_000_000

/** Where in a text matches may begin, as far as that is known before they are looked for. */
export interface Starts {
  readonly first: number
  readonly last: number
  /** The text as bytes, and perhaps more behind it; null when it holds units that are none. */
  readonly bytes: () => Uint8Array | null
  /** How many places there are. */
  readonly count: number
  /** How often each landmark of the pattern occurs; null when that is not known. */
  readonly landmarks: () => readonly number[] | null
  /** The places in order, each once; null when they are not known one by one. */
  readonly places: () => readonly number[] | null
  /** Those of them at which a line of at least so many characters begins; null when they are not known. */
  readonly lines: (least: number) => readonly number[] | null
}

/** So many places are tried one by one rather than by a search from the first to the last. */
const fewPlaces = 8
/** And more where there is one to so many characters, if the platform can be trusted with them. */
const farApart = 64
/** In so many places a gate tells sooner than the platform that there is no match. */
const manyPlaces = 500

/** Steps of the platform that are made without asking a gate first, at worst. */
const cheapSteps = 10_000_000

const unknown = () => null
const isWide = /[^\0-\xff]/

/** The first match at or behind an offset; null when there is none, or when it could not be found in bounded time. */
export function search(pattern: Pattern, text: string, from = 0): Match | null {
  const last = pattern.isAnchored ? 0 : text.length
  const count = Math.max(0, last - from + 1)
  const bytes = () => (isWide.test(text) ? null : fromLatin1(text))
  return searchAt(pattern, text, {
    first: from,
    last,
    count,
    bytes,
    landmarks: unknown,
    places: unknown,
    lines: unknown,
  })
}

/** The same where it is known in which places a match may begin. */
export function searchAt(pattern: Pattern, text: string, starts: Starts): Match | null {
  const { first } = starts
  if (starts.count === 0) return null
  const lines = pattern.leastLine === null || starts.count <= fewPlaces ? null : starts.lines(pattern.leastLine)
  const count = lines?.length ?? starts.count
  const isShort = text.length <= pattern.window
  const isBounded = isShort || areBounded(pattern, count, text.length - first, starts)
  const few = isBounded ? Math.max(fewPlaces, (starts.last - first) / farApart) : fewPlaces
  const places = lines ?? (count <= few || (!isShort && isBounded) ? starts.places() : null)
  if (places !== null) {
    const areCheap = isBounded && places.length * pattern.stepsFrom(text.length - first, null) <= cheapSteps
    return areCheap ? atPlaces(pattern, text, places) : atCostlyPlaces(pattern, text, places, starts)
  }
  const isGated = !isShort || (pattern.requires.literals === null && count > manyPlaces)
  if (isGated && !mayMatch(pattern, text, starts)) return null
  if (isShort) return execAt(pattern.regex, text, first)
  return fitsPlatform(pattern, text, starts) ? execAt(pattern.regex, text, first) : onOwn(pattern, text, first, false)
}

/** Whether the platform's engine is bounded on so many places; most often that takes no look at the landmarks. */
function areBounded(pattern: Pattern, count: number, length: number, starts: Starts): boolean {
  if (count * pattern.stepsFrom(length, null) <= maxSteps) return true
  return pattern.landmarks.length > 0 && count * pattern.stepsFrom(length, starts.landmarks()) <= maxSteps
}

function mayMatch(pattern: Pattern, text: string, starts: Starts): boolean {
  const bytes = starts.bytes()
  return bytes === null || pattern.gate()(bytes, text.length, starts.first)
}

/** Places that the platform cannot be trusted with together, or might be long at: most are none at a closer look. */
function atCostlyPlaces(pattern: Pattern, text: string, places: readonly number[], starts: Starts): Match | null {
  const [bytes, gate, landmarks] = [starts.bytes(), pattern.gateAtPlace(), starts.landmarks()]
  let [all, dear] = [0, 0]
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number
    if (bytes !== null && gate?.passes(bytes, text.length, place) === false) continue
    const steps = pattern.stepsFrom(text.length - place, landmarks)
    const isBounded = steps <= maxSteps
    all += isBounded ? steps : 0
    dear += isBounded ? 0 : 1
    // So many closer looks cost more than one at all that is left.
    if (all > maxSteps || dear > fewPlaces) return onOwn(pattern, text, place, false)
    const match = isBounded ? execAt(pattern.sticky(), text, place) : onOwn(pattern, text, place, true)
    if (match !== null) return match
  }
  return null
}

function onOwn(pattern: Pattern, text: string, from: number, only: boolean): Match | null {
  const slots = slotsOnOwn(pattern, text, 0, from, only)
  if (slots === null) return null
  const [start = 0, end = 0] = slots
  return { index: start, text: text.slice(start, end) }
}

/** By one of our own matchers, so many groups with it; only: at the place or not at all. */
export function slotsOnOwn(pattern: Pattern, text: string, groups: number, from: number, only: boolean): Slots | null {
  const { kind, program } = pattern.beyond()
  if (kind === 'linear') return runLinear(program, text, groups, { from, only })
  const limit = only ? maxCounted / fewPlaces : maxCounted
  // References need all groups.
  const found = runCounted(program, text, pattern.groups, { from, only, maxSteps: limit })
  return found.kind === 'found' ? found.slots : null
}

function atPlaces(pattern: Pattern, text: string, places: readonly number[]): Match | null {
  const regex = pattern.sticky()
  for (let i = 0; i < places.length; i++) {
    const match = execAt(regex, text, places[i] as number)
    if (match !== null) return match
  }
  return null
}

function execAt(regex: RegExp, text: string, place: number): Match | null {
  regex.lastIndex = place
  const match = regex.exec(text)
  return match === null ? null : { index: match.index, text: match[0] }
}

/** Whether the platform's engine is bounded on this very text: there are few places in it where a match can begin. */
function fitsPlatform(pattern: Pattern, text: string, starts: Starts): boolean {
  const steps = pattern.stepsFrom(text.length - starts.first, starts.landmarks())
  if (steps > maxSteps) return false
  const units = firstUnits(pattern.beyond().program)
  if (units === null) return false
  let count = 1
  for (let at = starts.first; at < text.length; at++) if (units[text.charCodeAt(at)] !== 0) count++
  return count * steps <= maxSteps
}
