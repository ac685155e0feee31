// SPDX-License-Identifier: Apache-2.0
/**
 * Author domains in A-labels (RFC 9989 §5.3.1): the letters as they stand, in Punycode (RFC 3492). The platform's
 * domainToASCII() would map them first, and make of a name in odd letters another one, which may belong to somebody.
 */

/** RFC 3492 §5. */
const base = 36
const tMin = 1
const tMax = 26
const skew = 38
const damp = 700
const initialBias = 72
const initialN = 0x80
const digits = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** RFC 3492 §6.1. */
function adapted(delta: number, points: number, isFirst: boolean): number {
  const limit = ((base - tMin) * tMax) / 2
  let rest = Math.floor(delta / (isFirst ? damp : 2))
  rest += Math.floor(rest / points)
  let k = 0
  for (; rest > limit; k += base) rest = Math.floor(rest / (base - tMin))
  return k + Math.floor(((base - tMin + 1) * rest) / (rest + skew))
}

/** A number in digits that say themselves where it ends (RFC 3492 §3.3). */
function variableLength(delta: number, bias: number): string {
  let text = ''
  let rest = delta
  for (let k = base; ; k += base) {
    const t = Math.min(tMax, Math.max(tMin, k - bias))
    if (rest < t) return text + digits.charAt(rest)
    text += digits.charAt(t + ((rest - t) % (base - t)))
    rest = Math.floor((rest - t) / (base - t))
  }
}

/** RFC 3492 §6.3: the basic code points, then for each other one, the least first, how far it is from the last. */
function punycode(label: string): string {
  const points = Array.from(label, (c) => c.codePointAt(0) ?? 0)
  const basic = points.filter((point) => point < initialN)
  let text = String.fromCodePoint(...basic) + (basic.length > 0 ? '-' : '')
  let [n, delta, bias, done] = [initialN, 0, initialBias, basic.length]
  for (const next of [...new Set(points)].filter((point) => point >= initialN).sort((a, b) => a - b)) {
    delta += (next - n) * (done + 1)
    for (const point of points) {
      if (point < next) delta++
      if (point !== next) continue
      text += variableLength(delta, bias)
      bias = adapted(delta, done + 1, done === basic.length)
      delta = 0
      done++
    }
    delta++
    n = next + 1
  }
  return text
}

/** Longer labels cannot exist, whatever becomes of them (RFC 1035 §2.3.4); Punycode takes time by their square. */
const maxLabel = 255

function toALabel(label: string): string {
  if (/^[\x00-\x7f]*$/.test(label) || label.length > maxLabel) return label
  return `xn--${punycode(label)}`
}

/** @param domain in lower case; what is ASCII stays as it is */
export function toALabels(domain: string): string {
  if (/^[\x00-\x7f]*$/.test(domain)) return domain
  // Full stops of other scripts part labels as well (RFC 3490 §3.1).
  return domain
    .normalize('NFC')
    .toLowerCase()
    .split(/[.\u3002\uff0e\uff61]/)
    .map(toALabel)
    .join('.')
}
