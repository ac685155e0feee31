// SPDX-License-Identifier: Apache-2.0
/**
 * The MIME tree of a message as byte ranges (RFC 2045, 2046), in one pass over the bytes. A multipart nested deeper
 * than the ceiling, or beyond the number of parts, is left closed: it has no children.
 */
import { type Field, fieldValue, parseFields, parseParameters } from './fields.ts'

const maxDepth = 50
const maxParts = 1000
/** Lines that begin with "--" and are compared with the open boundaries; behind the last one no part begins or ends. */
const maxDashLines = 100_000
/** RFC 2046 §5.1.1 allows 70; longer ones occur. */
const maxBoundary = 256

export interface Part {
  readonly fields: readonly Field[]
  readonly headStart: number
  readonly bodyStart: number
  readonly end: number
  /** Lower case. */
  readonly type: string
  readonly subtype: string
  readonly params: readonly (readonly [name: string, value: string])[]
  readonly children: readonly Part[]
  /** The message inside a message/rfc822 part. */
  readonly embedded: Part | null
}

interface Building {
  fields: Field[]
  headStart: number
  bodyStart: number
  end: number
  type: string
  subtype: string
  params: readonly (readonly [string, string])[]
  children: Building[]
  embedded: Building | null
}

interface Level {
  readonly part: Building
  readonly boundary: Buffer
  /** Parts opened inside this multipart since its last delimiter; they all end at its next one. */
  open: Building[]
}

/** Tells which open multipart the line is a delimiter of; -1 for none. */
type FindLevel = (line: number) => number

/** The tree of a message with CRLF line ends. Never throws. */
export function parseMime(bytes: Buffer): Part {
  const levels: Level[] = []
  let parts = 0
  let dashLines = 0
  const levelAt: FindLevel = (line) => {
    dashLines += 1
    return dashLines > maxDashLines ? -1 : levels.findLastIndex(({ boundary }) => isDelimiter(bytes, line, boundary))
  }
  const begin = (start: number, ofDigest: boolean, nesting: number): Building => {
    parts += 1
    const part = readHead(bytes, start, levelAt, ofDigest)
    levels.at(-1)?.open.push(part)
    if (levels.length >= maxDepth || nesting >= maxDepth || parts >= maxParts) return part
    const boundary = boundaryOf(part)
    if (boundary !== null) levels.push({ part, boundary, open: [] })
    else if (isMessage(part)) part.embedded = begin(part.bodyStart, false, nesting + 1)
    return part
  }
  const root = begin(0, false, 0)
  for (let at = root.bodyStart; at < bytes.length; ) {
    const line = nextDashes(bytes, at)
    if (line < 0) break
    at = line + 2
    const hit = levelAt(line)
    const level = levels[hit]
    if (level === undefined) continue
    close(levels, hit, Math.max(line - 2, 0))
    const behind = line + level.boundary.length
    const feed = bytes.indexOf(10, behind)
    at = feed < 0 ? bytes.length : feed + 1
    if (bytes[behind] === 45 && bytes[behind + 1] === 45) levels.length = hit
    else if (parts < maxParts) level.part.children.push(begin(at, level.part.subtype === 'digest', 0))
  }
  close(levels, -1, bytes.length)
  return root
}

function boundaryOf(part: Building): Buffer | null {
  const boundary = part.params.find(([name]) => name.toLowerCase() === 'boundary')?.[1] ?? ''
  if (part.type !== 'multipart' || boundary === '' || boundary.length > maxBoundary) return null
  return Buffer.from(`--${boundary}`, 'latin1')
}

/** Ends what was opened since the last delimiter of this level and of all deeper ones. */
function close(levels: Level[], hit: number, end: number): void {
  for (const level of levels.slice(Math.max(hit, 0))) {
    for (const part of level.open) part.end = Math.max(part.bodyStart, Math.min(part.end, end))
    level.open = []
  }
  if (hit >= 0) levels.length = hit + 1
}

/** The next line from here that begins with "--"; -1 when there is none. `at` is not inside such a line. */
function nextDashes(bytes: Buffer, at: number): number {
  if (bytes[at] === 45 && bytes[at + 1] === 45 && (at === 0 || bytes[at - 1] === 10)) return at
  const found = bytes.indexOf('\n--', at, 'latin1')
  return found < 0 ? -1 : found + 1
}

/** The boundary, "--" or nothing, then only white space to the end of the line (RFC 2046 §5.1.1). */
function isDelimiter(bytes: Buffer, line: number, boundary: Buffer): boolean {
  let at = line + boundary.length
  if (bytes.compare(boundary, 0, boundary.length, line, Math.min(at, bytes.length)) !== 0) return false
  if (bytes[at] === 45 && bytes[at + 1] === 45) at += 2
  while (bytes[at] === 32 || bytes[at] === 9) at += 1
  return at >= bytes.length || bytes[at] === 13 || bytes[at] === 10
}

function isMessage(part: Building): boolean {
  return part.type === 'message' && (part.subtype === 'rfc822' || part.subtype === 'global')
}

/** Reads a header section, which ends with an empty line, with a delimiter of an open multipart, or with the bytes. */
function readHead(bytes: Buffer, start: number, levelAt: FindLevel, ofDigest: boolean): Building {
  let at = start
  let bodyStart = bytes.length
  while (at < bytes.length) {
    const empty = bytes[at] === 13 && bytes[at + 1] === 10
    const delimiter = bytes[at] === 45 && bytes[at + 1] === 45 && levelAt(at) >= 0
    if (empty || delimiter) {
      bodyStart = empty ? at + 2 : at
      break
    }
    const feed = bytes.indexOf(10, at)
    at = feed < 0 ? bytes.length : feed + 1
  }
  const fields = parseFields(bytes, start, at)
  const written = fieldValue(fields, 'content-type')
  const { value, params } = parseParameters(written ?? '')
  const [, type, subtype] = /^([^\s/]+)\s*\/\s*([^\s/]+)$/.exec(value.toLowerCase()) ?? []
  const fallback = ofDigest && written === null ? ['message', 'rfc822'] : ['text', 'plain']
  return {
    fields,
    headStart: start,
    bodyStart,
    end: bytes.length,
    type: type ?? fallback[0] ?? 'text',
    subtype: subtype ?? fallback[1] ?? 'plain',
    params: type === undefined ? [] : params,
    children: [],
    embedded: null,
  }
}
