// SPDX-License-Identifier: Apache-2.0
/** The texts that Postfix's users write: logical lines of a file, and lists with braces. */

export interface LogicalLine {
  readonly text: string
  /** 1-based, of its first physical line. */
  readonly line: number
}

/**
 * Lines joined where the next one begins with white space; empty lines and those that begin with "#" are nothing, and
 * do not end a logical line.
 */
export function logicalLines(text: string): LogicalLine[] {
  const lines: { text: string; line: number }[] = []
  for (const [i, physical] of text.split('\n').entries()) {
    const trimmed = physical.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const last = lines.at(-1)
    if (/^\s/.test(physical) && last !== undefined) last.text += ` ${trimmed}`
    else lines.push({ text: trimmed, line: i + 1 })
  }
  return lines
}

/**
 * Words between commas and white space; a "{" keeps everything up to its "}" in one word. null when a brace is left
 * open or closes nothing.
 */
export function splitWords(text: string): string[] | null {
  const words: string[] = []
  let word = ''
  let depth = 0
  for (const char of text) {
    if (char === '{') depth++
    else if (char === '}' && --depth < 0) return null
    if (depth === 0 && /[\s,]/.test(char)) {
      if (word !== '') words.push(word)
      word = ''
    } else word += char
  }
  if (word !== '') words.push(word)
  return depth === 0 ? words : null
}

/** What stands inside "{ … }", trimmed; null when the text is not in braces. */
export function inBraces(text: string): string | null {
  return text.startsWith('{') && text.endsWith('}') && text.length >= 2 ? text.slice(1, -1).trim() : null
}
