// SPDX-License-Identifier: Apache-2.0
/** Tags in patterns, "<A>" for every way to write an A, as replace_tag and its kin define them. */
import type { Settings } from './settings.ts'

/** Tags may stand for tags; beyond this they are left as they are. */
const maxPasses = 6
/** Characters of a pattern that replacing may make. */
const maxPattern = 100_000

/** The pattern with its tags replaced. flags: those of the pattern, which stand before it. */
export function replaceTags(source: string, flags: string, replace: Settings['replace']): string {
  let pattern = flags === '' ? source : `(?${flags})${source}`
  for (let pass = 0; pass < maxPasses && pattern.length < maxPattern; pass++) {
    const wants = { pre: '', inter: '', post: '' }
    for (const kind of ['pre', 'post', 'inter'] as const) {
      const match = new RegExp(`<${kind} (.+?)>`).exec(pattern)
      if (match === null) continue
      pattern = pattern.replace(match[0], () => '')
      wants[kind] = replace[kind].get(match[1] ?? '') ?? ''
    }
    const done = replaceOnce(pattern, wants, replace.tag)
    pattern = done.pattern
    if (!done.isNested) break
  }
  return pattern
}

function replaceOnce(
  pattern: string,
  wants: { readonly pre: string; readonly inter: string; readonly post: string },
  tags: ReadonlyMap<string, string>,
): { pattern: string; isNested: boolean } {
  const pieces = pattern.split(/(<[^<>]+>)/)
  // Two tags side by side have nothing between them, which is where the inter text goes; the end is not between.
  if (pieces.at(-1) === '') pieces.pop()
  let isNested = false
  const replaced = pieces.map((piece) => {
    if (piece === '') return wants.inter
    const name = /^<(.+)>$/.exec(piece)?.[1]
    if (name === undefined) return piece
    const tag = tags.get(name)
    if (tag !== undefined && /<[^>]+>/.test(tag)) isNested = true
    return `${wants.pre}${tag ?? piece}${wants.post}`
  })
  return { pattern: replaced.join(''), isNested }
}
