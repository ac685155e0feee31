// SPDX-License-Identifier: Apache-2.0
/** Tag lists of RFC 6376 §3.2: "a=b; c=d", names case-sensitive, none twice. */

export interface TagList {
  /** Values without the white space around them, folds as one space. */
  readonly tags: ReadonlyMap<string, string>
  readonly first: string
  /** What breaks the grammar: such a list is to be ignored as a whole. "" where all is well. */
  readonly broken: string
}

const tagName = /^[A-Za-z][A-Za-z0-9_]*$/

const trim = (text: string): string => text.replace(/^[ \t\r\n]+/, '').trimEnd()
const collapse = (text: string): string => (/[\t\r\n]| {2}/.test(text) ? text.replace(/[ \t\r\n]+/g, ' ') : text)

export function parseTagList(text: string): TagList {
  const tags = new Map<string, string>()
  const specs = text.split(';')
  let first = ''
  let broken = ''
  for (const [i, spec] of specs.entries()) {
    const equals = spec.indexOf('=')
    if (equals < 0) {
      const isBlank = trim(spec) === ''
      // One semicolon may end the list.
      if (!isBlank || i < specs.length - 1 || specs.length === 1) broken = isBlank ? 'empty tag' : 'tag without "="'
      continue
    }
    const name = trim(spec.slice(0, equals))
    if (!tagName.test(name)) broken = 'invalid tag name'
    if (tags.has(name)) broken = `duplicate tag ${name}=`
    if (first === '') first = name
    tags.set(name, collapse(trim(spec.slice(equals + 1))))
  }
  return { tags, first, broken }
}

/** Entries of a colon-separated list, lower case. */
export function colonList(text: string): string[] {
  return text
    .split(':')
    .map((entry) => trim(entry).toLowerCase())
    .filter((entry) => entry !== '')
}

/** A value in which white space means nothing (b=, bh=, p=). */
export function withoutSpace(text: string): string {
  return text.replace(/[ \t\r\n]+/g, '')
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** base64string of RFC 6376 §2.10 without its white space; the platform's decoder would skip what is none. */
export function isBase64(text: string): boolean {
  return base64.test(text)
}

const subDomain = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const domainName = new RegExp(`^${subDomain}(?:\\.${subDomain})+$`)
const selectorName = new RegExp(`^${subDomain}(?:\\.${subDomain})*$`)

/** domain-name of RFC 6376 §3.5, already in A-labels. */
export function isDomainName(text: string): boolean {
  return text.length <= 253 && domainName.test(text)
}

/** selector of RFC 6376 §3.1. */
export function isSelector(text: string): boolean {
  return text.length <= 253 && selectorName.test(text)
}
