// SPDX-License-Identifier: Apache-2.0
/** Styles that make text unreadable: what a person does not see is kept apart from what a person sees. */
import type { Attributes } from './tags.ts'

const never = 1
const tooSmall = 2
const sameAsGround = 4
const notShown = /display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$|!)|mso-hide\s*:\s*all/i
const tinyFont = /font-size\s*:\s*(?:0+(?:\.0*)?\s*(?:px|pt|r?em|%|;|$|!)|(?:0?\.\d{1,9}|1(?:\.\d{1,9})?)\s*(?:px|pt))/i

/** The reasons why text inside an element is not seen, given those around it. Size and colour may be set anew inside. */
export function hiddenWithin(outer: number, attributes: Attributes): number {
  if (attributes.size === 0) return outer
  if (attributes.has('hidden')) return outer | never
  const style = attributes.get('style')
  if (style === undefined || style.length > 2000) {
    return sameColour(attributes.get('color'), attributes.get('bgcolor')) ? outer | sameAsGround : outer
  }
  let now = notShown.test(style) ? outer | never : outer
  if (/font-size\s*:|font\s*:/i.test(style)) now = tinyFont.test(style) ? now | tooSmall : now & ~tooSmall
  const ink = styleValue(style, 'color')
  if (ink === undefined) return now
  const ground = styleValue(style, 'background-color') ?? styleValue(style, 'background')
  return sameColour(ink, ground) ? now | sameAsGround : now & ~sameAsGround
}

function styleValue(style: string, property: string): string | undefined {
  for (const declaration of style.split(';')) {
    const colon = declaration.indexOf(':')
    if (colon > 0 && declaration.slice(0, colon).trim().toLowerCase() === property) return declaration.slice(colon + 1)
  }
  return undefined
}

function sameColour(ink: string | undefined, ground: string | undefined): boolean {
  if (ink === undefined || ground === undefined) return false
  const [a, b] = [colour(ink), colour(ground)]
  return a !== '' && a === b
}

function colour(text: string): string {
  const name = text.trim().toLowerCase()
  if (name === 'white' || name === '#fff') return '#ffffff'
  if (name === 'black' || name === '#000') return '#000000'
  return name === 'inherit' || name === 'transparent' ? '' : name
}
