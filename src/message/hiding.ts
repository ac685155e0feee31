// SPDX-License-Identifier: Apache-2.0
/** Styles that make text unreadable: what a person does not see is kept apart from what a person sees. */
import type { Attributes } from './tags.ts'

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
/** Styles of one text that are remembered: mail repeats few of them on every cell. */
const maxRemembered = 500

/** Knows for which reasons the text of an element is not seen. One for each HTML text. */
export class Hiding {
  readonly #effects = new Map<string, Effect>()

  /** The reasons inside an element, given those around it. Size and colour may be set anew inside. */
  within(outer: number, attributes: Attributes): number {
    if (attributes.has('hidden')) return outer | never
    const style = attributes.get('style')
    if (style === undefined || style.length > 2000)
      return sameColour(attributes.get('color'), attributes.get('bgcolor')) ? outer | sameAsGround : outer
    const { adds, removes } = this.#effectOf(style)
    return (outer | adds) & ~removes
  }

  #effectOf(style: string): Effect {
    const known = this.#effects.get(style)
    if (known !== undefined) return known
    const effect = readEffect(style)
    if (this.#effects.size < maxRemembered) this.#effects.set(style, effect)
    return effect
  }
}

function readEffect(style: string): Effect {
  if (!mayHide.test(style)) return noEffect
  let [adds, removes] = [notShown.test(style) ? never : 0, 0]
  if (/font-size\s*:|font\s*:/i.test(style)) {
    if (tinyFont.test(style)) adds |= tooSmall
    else removes |= tooSmall
  }
  const ink = styleValue(style, 'color')
  if (ink === undefined) return { adds, removes }
  const ground = styleValue(style, 'background-color') ?? styleValue(style, 'background')
  if (sameColour(ink, ground)) adds |= sameAsGround
  else removes |= sameAsGround
  return { adds, removes }
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
