// SPDX-License-Identifier: Apache-2.0
/** Colours of styles and attributes (CSS Color 4 §6.1) as six hexadecimal digits. */

const names = `
  aliceblue=f0f8ff antiquewhite=faebd7 aqua=00ffff aquamarine=7fffd4 azure=f0ffff beige=f5f5dc bisque=ffe4c4
  black=000000 blanchedalmond=ffebcd blue=0000ff blueviolet=8a2be2 brown=a52a2a burlywood=deb887 cadetblue=5f9ea0
  chartreuse=7fff00 chocolate=d2691e coral=ff7f50 cornflowerblue=6495ed cornsilk=fff8dc crimson=dc143c cyan=00ffff
  darkblue=00008b darkcyan=008b8b darkgoldenrod=b8860b darkgray=a9a9a9 darkgreen=006400 darkgrey=a9a9a9
  darkkhaki=bdb76b darkmagenta=8b008b darkolivegreen=556b2f darkorange=ff8c00 darkorchid=9932cc darkred=8b0000
  darksalmon=e9967a darkseagreen=8fbc8f darkslateblue=483d8b darkslategray=2f4f4f darkslategrey=2f4f4f
  darkturquoise=00ced1 darkviolet=9400d3 deeppink=ff1493 deepskyblue=00bfff dimgray=696969 dimgrey=696969
  dodgerblue=1e90ff firebrick=b22222 floralwhite=fffaf0 forestgreen=228b22 fuchsia=ff00ff gainsboro=dcdcdc
  ghostwhite=f8f8ff gold=ffd700 goldenrod=daa520 gray=808080 green=008000 greenyellow=adff2f grey=808080
  honeydew=f0fff0 hotpink=ff69b4 indianred=cd5c5c indigo=4b0082 ivory=fffff0 khaki=f0e68c lavender=e6e6fa
  lavenderblush=fff0f5 lawngreen=7cfc00 lemonchiffon=fffacd lightblue=add8e6 lightcoral=f08080 lightcyan=e0ffff
  lightgoldenrodyellow=fafad2 lightgray=d3d3d3 lightgreen=90ee90 lightgrey=d3d3d3 lightpink=ffb6c1
  lightsalmon=ffa07a lightseagreen=20b2aa lightskyblue=87cefa lightslategray=778899 lightslategrey=778899
  lightsteelblue=b0c4de lightyellow=ffffe0 lime=00ff00 limegreen=32cd32 linen=faf0e6 magenta=ff00ff maroon=800000
  mediumaquamarine=66cdaa mediumblue=0000cd mediumorchid=ba55d3 mediumpurple=9370db mediumseagreen=3cb371
  mediumslateblue=7b68ee mediumspringgreen=00fa9a mediumturquoise=48d1cc mediumvioletred=c71585
  midnightblue=191970 mintcream=f5fffa mistyrose=ffe4e1 moccasin=ffe4b5 navajowhite=ffdead navy=000080
  oldlace=fdf5e6 olive=808000 olivedrab=6b8e23 orange=ffa500 orangered=ff4500 orchid=da70d6 palegoldenrod=eee8aa
  palegreen=98fb98 paleturquoise=afeeee palevioletred=db7093 papayawhip=ffefd5 peachpuff=ffdab9 peru=cd853f
  pink=ffc0cb plum=dda0dd powderblue=b0e0e6 purple=800080 red=ff0000 rosybrown=bc8f8f royalblue=4169e1
  saddlebrown=8b4513 salmon=fa8072 sandybrown=f4a460 seagreen=2e8b57 seashell=fff5ee sienna=a0522d silver=c0c0c0
  skyblue=87ceeb slateblue=6a5acd slategray=708090 slategrey=708090 snow=fffafa springgreen=00ff7f steelblue=4682b4
  tan=d2b48c teal=008080 thistle=d8bfd8 tomato=ff6347 turquoise=40e0d0 violet=ee82ee wheat=f5deb3 white=ffffff
  whitesmoke=f5f5f5 yellow=ffff00 yellowgreen=9acd32
`
const named = new Map(
  names
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [name = '', hex = ''] = pair.split('=')
      return [name, `#${hex}`] as const
    }),
)

export const noColour = 'invalid'

/** "#rrggbb", or noColour for what is none. */
export function colourOf(text: string): string {
  const name = text.slice(0, 100).toLowerCase().trim()
  const known = named.get(name)
  if (known !== undefined) return known
  const parts = /rgb\((\d+)(%?),\s*(\d+)%?,\s*(\d+)%?\s*\)/.exec(name)
  if (parts !== null) {
    const [, red, percent, green, blue] = parts
    const scale = percent === '%' ? 2.55 : 1
    return `#${[red, green, blue].map((part) => hexOf(Math.trunc(Number(part) * scale))).join('')}`
  }
  if (!name.startsWith('#') || !/^[#a-f0-9]*$/.test(name)) return noColour
  let digits = name.replace(/[^a-f0-9]/g, '').slice(0, 6)
  if (digits.length > 3 && digits.length < 6) digits = digits.slice(0, 3)
  if (digits.length % 3 !== 0) digits += '0'.repeat(3 - (digits.length % 3))
  return `#${digits.length === 3 ? digits.replace(/./g, '$&$&') : digits}`
}

function hexOf(value: number): string {
  return value.toString(16).padStart(2, '0')
}

/** "rgb(1,2,3)" of a style, whatever else stands in it. */
export function styleRgb(text: string): string {
  const parts = text.replace(/[^0-9,]/g, '').split(',')
  return `#${[0, 1, 2].map((i) => hexOf(Math.min(255, Number(parts[i] ?? 0)))).join('')}`
}

/** How far two colours lie apart, as the eye weighs them; null when one is no colour. */
export function distance(one: string, other: string): number | null {
  if (!rgb.test(one) || !rgb.test(other)) return null
  const [a, b] = [Number.parseInt(one.slice(-6), 16), Number.parseInt(other.slice(-6), 16)]
  const red = 0.2126 * ((a >> 16) - (b >> 16))
  const green = 0.7152 * (((a >> 8) & 255) - ((b >> 8) & 255))
  const blue = 0.0722 * ((a & 255) - (b & 255))
  return Math.sqrt(red ** 2 + green ** 2 + blue ** 2)
}

const rgb = /^#?[0-9a-f]{6}$/

/** The colour in the last layer of a background (CSS Backgrounds 3 §3.10); null where it names none. */
export function backgroundColour(value: string): string | null {
  const words: string[] = []
  for (const match of value.toLowerCase().matchAll(/,|(?:[^\s,("']|\([^)]*\)?|"[^"]*"?|'[^']*'?)+/g)) {
    if (match[0] === ',') words.length = 0
    else words.push(match[0])
  }
  for (const word of words) {
    const colour = colourOf(word)
    if (colour !== noColour) return colour
  }
  return null
}
