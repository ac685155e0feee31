// SPDX-License-Identifier: Apache-2.0
/** The result as it is written: tables, keys, and comments that a person reads. */

/** An item of a list; without a text it is a comment at its place. */
export interface Item {
  readonly text: string | null
  readonly comment: string | null
}

export type TomlValue = string | number | boolean | readonly Item[]

export interface Entry {
  readonly key: string
  readonly value: TomlValue
  /** At the end of the line. */
  readonly comment: string | null
}

export interface Section {
  /** "smtp", 'domains."example.org"', or "[listeners]" (printed with its own brackets) for one table of a list; "" for the head of the file. */
  readonly name: string
  readonly comments: readonly string[]
  readonly entries: readonly Entry[]
}

const width = 118

/** One line of comment, broken between words. */
export function commentLines(text: string): readonly string[] {
  const lines: string[] = []
  let line = '#'
  for (const word of text.replace(/[^\P{Cc}]/gu, ' ').split(/\s+/)) {
    if (line.length > 1 && line.length + word.length + 1 > width) {
      lines.push(line)
      line = '#  '
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

/** A TOML basic string. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f')
}

/** A key, bare where it may be. */
export function keyOf(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : quote(text)
}

/** The file from its first table on, ending with a line end. */
export function printSections(sections: readonly Section[]): string {
  return sections
    .filter(({ comments, entries, name }) => comments.length + entries.length > 0 || name.startsWith('['))
    .map(({ name, comments, entries }) =>
      [
        ...comments.flatMap(commentLines),
        ...(name === '' ? [] : [`[${name}]`]),
        ...entries.flatMap(printEntry),
        '',
      ].join('\n'),
    )
    .join('\n')
}

function printEntry({ key, value, comment }: Entry): readonly string[] {
  const after = comment === null ? '' : `  # ${comment.replace(/[^\P{Cc}]/gu, ' ')}`
  if (typeof value !== 'object') return [`${keyOf(key)} = ${typeof value === 'string' ? quote(value) : value}${after}`]
  const isShort = value.length <= 1 && value.every((item) => item.text !== null && item.comment === null)
  if (isShort) return [`${keyOf(key)} = [${value.map((item) => quote(item.text ?? '')).join(', ')}]${after}`]
  const items = value.flatMap((item) => {
    if (item.text === null) return commentLines(item.comment ?? '').map((line) => `  ${line}`)
    return [`  ${quote(item.text)},${item.comment === null ? '' : `  # ${item.comment}`}`]
  })
  return [`${keyOf(key)} = [${after}`, ...items, ']']
}
