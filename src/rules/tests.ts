// SPDX-License-Identifier: Apache-2.0
/** What stands behind a rule's name: "Subject =~ /.../", "/.../i", "eval:name('a', 2)", an expression. */
import { RegexError } from '../kit/regex-syntax.ts'
import { type Expression, parseExpression } from './expression.ts'
import { compilePattern, type Pattern, splitPattern } from './pattern.ts'

/** A definition that cannot be read; the text says why. */
export class TestError extends Error {
  override readonly name = 'TestError'
}

export type HeaderForm = 'decoded' | 'raw' | 'addr' | 'name'

export type RuleTest =
  | { readonly kind: 'body' | 'rawbody' | 'full' | 'uri'; readonly pattern: Pattern }
  | {
      readonly kind: 'header' | 'mimeheader'
      readonly name: string
      readonly form: HeaderForm
      readonly isNegated: boolean
      readonly pattern: Pattern
      /** What is matched where the field is absent. */
      readonly unset: string
    }
  | { readonly kind: 'exists'; readonly name: string }
  | { readonly kind: 'eval'; readonly name: string; readonly args: readonly string[] }
  | { readonly kind: 'meta'; readonly expression: Expression }

/** Reads the definition of a rule. Throws TestError or ExpressionError. */
export function parseTest(directive: string, text: string): RuleTest {
  const call = /^eval:\s*(\w+)\s*(?:\((.*)\))?\s*$/s.exec(text)
  if (call !== null) return { kind: 'eval', name: call[1] ?? '', args: readArguments(call[2] ?? '') }
  switch (directive) {
    case 'meta':
      return { kind: 'meta', expression: parseExpression(text) }
    case 'header':
    case 'mimeheader':
      return parseHeaderTest(directive, text)
    case 'body':
    case 'rawbody':
    case 'full':
    case 'uri':
      return { kind: directive, pattern: readPattern(text) }
    default:
      throw new TestError(`"${directive}" defines no rule`)
  }
}

function parseHeaderTest(kind: 'header' | 'mimeheader', text: string): RuleTest {
  const exists = /^exists:\s*([\w-]+)\s*$/.exec(text)
  if (exists !== null && kind === 'header') return { kind: 'exists', name: exists[1] ?? '' }
  const match = /^([\w-]+)((?::[a-z]+)*)\s+([=!]~)\s*(.*)$/s.exec(text)
  if (match === null) throw new TestError('a header test is "Name =~ /pattern/", "exists:Name" or "eval:name()"')
  const [, name = '', modifiers = '', operator, rest = ''] = match
  const unset = /\[if-unset:\s*([^\]]*)\]\s*$/.exec(rest)
  return {
    kind,
    name,
    form: readForm(modifiers),
    isNegated: operator === '!~',
    pattern: readPattern(unset === null ? rest : rest.slice(0, unset.index).trim()),
    unset: unset?.[1]?.trim() ?? '',
  }
}

function readForm(modifiers: string): HeaderForm {
  let form: HeaderForm = 'decoded'
  for (const modifier of modifiers.split(':')) {
    if (modifier === '' || modifier === 'first') continue
    if (modifier !== 'raw' && modifier !== 'addr' && modifier !== 'name') {
      throw new TestError(`":${modifier}" is not supported: use :raw, :addr or :name`)
    }
    form = modifier
  }
  return form
}

function readPattern(text: string): Pattern {
  const split = splitPattern(text.trim())
  if (split === null) throw new TestError(`"${text.slice(0, 40)}" is no pattern: write /.../ or m{...}`)
  try {
    return compilePattern(split.source, split.flags)
  } catch (cause) {
    if (cause instanceof RegexError) throw new TestError(`the pattern is refused: ${cause.message}`)
    throw cause
  }
}

/** "'a', 2, \"b\"" → three texts. */
function readArguments(text: string): string[] {
  const args: string[] = []
  const argument = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,'"\s]+))\s*(?:,|$)/y
  for (let match = argument.exec(text); match !== null && match[0] !== ''; match = argument.exec(text)) {
    args.push(match[1] ?? match[2] ?? match[3] ?? '')
  }
  return args
}
