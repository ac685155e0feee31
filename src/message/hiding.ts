// SPDX-License-Identifier: Apache-2.0
/** Styles that make text unreadable: what a person does not see is kept apart from what a person sees. */
import type { Attributes } from './tags.ts'
import { TextMemo } from './text-memo.ts'

const never = 1
const tooSmall = 2
const sameAsGround = 4
const notShown = /display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$|!)|mso-hide\s*:\s*all/i
/** Styles with none of these words say nothing of the sort. */
const mayHide = /font|color|display|visibility|opacity|mso-hide/i
const tinyFont = /font-size\s*:\s*(?:0+(?:\.0*)?\s*(?:px|pt|r?em|%|;|$|!)|(?:0?\.\d{1,9}|1(?:\.\d{1,9})?)\s*(?:px|pt))/i

/** What a style does to the reasons that hold around it: these are added, then those taken away. */
interface Effect {
  readonly adds: number
  readonly removes: number
}

const noEffect: Effect = { adds: 0, removes: 0 }
/** Knows for which reasons the text of an element is not seen. One for each HTML text. */
export class Hiding {
  readonly #effects = new TextMemo(readEffect)

  /** The reasons inside an element, given those around it. Size and colour may be set anew inside. */
  within(outer: number, attributes: Attributes): number {
    if (attributes.has('hidden')) return outer | never
    const style = attributes.get('style')
    if (style === undefined || style.length > 2000)
      return sameColour(attributes.get('color'), attributes.get('bgcolor')) ? outer | sameAsGround : outer
    const { adds, removes } = this.#effects.get(style)
    return (outer | adds) & ~removes
  }
}

function readEffect(style: string): Effect {
  if (!mayHide.test(style)) return noEffect
  let [adds, removes] = [notShown.test(style) ? never : 0, 0]
  if (/font-size\s*:|font\s*:/i.test(style)) {
    if (tinyFont.test(style)) adds |= tooSmall
    else removes |= tooSmall
  }
  const { ink, ground } = readColours(style)
  if (ink === undefined) return { adds, removes }
  if (sameColour(ink, ground)) adds |= sameAsGround
  else removes |= sameAsGround
  return { adds, removes }
}

/** The first of each property counts. */
function readColours(style: string): { readonly ink: string | undefined; readonly ground: string | undefined } {
  if (!/color/i.test(style)) return { ink: undefined, ground: undefined }
  const found = new Map<string, string>()
  for (const declaration of style.split(';')) {
    const colon = declaration.indexOf(':')
    const property = colon > 0 ? declaration.slice(0, colon).trim().toLowerCase() : ''
    if (!found.has(property)) found.set(property, declaration.slice(colon + 1))
  }
  return { ink: found.get('color'), ground: found.get('background-color') ?? found.get('background') }
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
