// SPDX-License-Identifier: Apache-2.0
/** eval tests of attached images: how many, how large, how they are called. */
import { latin1 } from '../kit/bytes.ts'
import { type EvalTests, expressionOf, matches, numberAt, yes } from './evals-kit.ts'
import type { Views } from './views.ts'

interface Image {
  readonly type: 'gif' | 'png' | 'jpeg'
  readonly name: string
  readonly width: number
  readonly height: number
}

/** Bytes of an image in which its size is looked for. */
const maxBytes = 65_536

function images(views: Views): Image[] {
  return views.parts.flatMap((part) => {
    const written = /^image\/(gif|png|jpe?g)$/.exec(part.type)?.[1]
    if (written === undefined || !part.isLeaf || part.encoding !== 'base64') return []
    const type = written === 'gif' || written === 'png' ? written : 'jpeg'
    const [width, height] = sizeOf(type, part.part.content(maxBytes))
    return [{ type, name: part.name, width, height }]
  })
}

function sizeOf(type: Image['type'], bytes: Buffer): readonly [number, number] {
  const none = [0, 0] as const
  if (type === 'gif') {
    const isGif = bytes.length >= 10 && /^GIF8[79]a/.test(latin1(bytes, 0, 6))
    return isGif ? [bytes.readUInt16LE(6), bytes.readUInt16LE(8)] : none
  }
  if (type === 'png') {
    const isPng = bytes.length >= 24 && latin1(bytes, 0, 8) === '\x89PNG\r\n\x1a\n' && latin1(bytes, 12, 16) === 'IHDR'
    return isPng ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : none
  }
  if (latin1(bytes, 0, 2) !== '\xff\xd8') return none
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const mark = bytes[at + 1] ?? 0
    if (mark === 0xda || mark === 0xd9) return none
    const isFrame = mark >= 0xc0 && mark <= 0xcf && mark % 4 !== 0
    const length = bytes.readUInt16BE(at + 2)
    if (isFrame || mark === 0xc0) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    if (length < 2) return none
    at += 2 + length
  }
  return none
}

function ofType(views: Views, type: string | undefined): Image[] {
  return views.once(images).filter((image) => type === 'all' || image.type === type)
}

function area(views: Views, type: string | undefined): number {
  return ofType(views, type).reduce((sum, { width, height }) => sum + width * height, 0)
}

/** From the first limit up to, and at, the second. */
function isBetween(value: number, args: readonly string[], at: number): boolean {
  const [min, max] = [numberAt(args, at), numberAt(args, at + 1)]
  return (min === null || value >= min) && (max === null || value <= max)
}

function textRatio(views: Views, texts: readonly string[], args: readonly string[]): string | null {
  const pixels = area(views, args[0])
  const length = texts.reduce((sum, line) => sum + line.length, 0)
  if (pixels === 0 || length === 0) return null
  const ratio = length / pixels
  return yes(isBetween(ratio, args, 1) && ratio !== numberAt(args, 2), ratio.toFixed(4))
}

function sizeRange(views: Views, [type, ...limits]: readonly string[]): string | null {
  const [minHeight, minWidth, maxHeight, maxWidth] = [0, 1, 2, 3].map((i) => numberAt(limits, i))
  const found = ofType(views, type).find(
    ({ width, height }) =>
      height >= (minHeight ?? 0) &&
      width >= (minWidth ?? 0) &&
      height <= (maxHeight ?? Number.POSITIVE_INFINITY) &&
      width <= (maxWidth ?? Number.POSITIVE_INFINITY),
  )
  return found === undefined ? null : `${found.width} × ${found.height}`
}

function nameMatches(views: Views, [pattern = '']: readonly string[]): string | null {
  const regex = expressionOf(pattern)
  if (regex === null) return null
  return views.once(images).find(({ name }) => name !== '' && matches(regex, name))?.name ?? null
}

export const imageTests: EvalTests = {
  image_count: (views, args) => {
    const count = ofType(views, args[0]).length
    return yes(isBetween(count, args, 1), `${count}`)
  },
  pixel_coverage: (views, args) => {
    const pixels = area(views, args[0])
    return yes(isBetween(pixels, args, 1), `${pixels}`)
  },
  image_to_text_ratio: (views, args) => textRatio(views, views.body, args),
  image_to_rawbody_ratio: (views, args) => textRatio(views, views.rawbody, args),
  image_size_exact: (views, [type, height, width]) =>
    yes(ofType(views, type).some((one) => `${one.height}x${one.width}` === `${height}x${width}`)),
  image_size_range: sizeRange,
  image_named: (views, [name = '']) =>
    yes(
      views.once(images).some((one) => one.name === name),
      name,
    ),
  image_name_regex: nameMatches,
}
