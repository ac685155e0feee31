// SPDX-License-Identifier: Apache-2.0
/** What stands behind a rule's name: "Subject =~ /.../", "/.../i", "eval:name('a', 2)", an expression. */
import { type AskDns, parseAskDns } from './askdns.ts'
import { type Expression, parseExpression } from './expression.ts'
import { parseFieldRequest } from './field-reader.ts'
import { type Pattern, patternOrWhy, splitPattern } from './pattern.ts'

/** A definition that cannot be read; the text says why. */
export class TestError extends Error {
  override readonly name = 'TestError'
}

export type RuleTest =
  | { readonly kind: 'body' | 'rawbody' | 'full' | 'uri'; readonly pattern: Pattern }
  | {
      readonly kind: 'header' | 'mimeheader'
      /** The field and which part of it: "From:addr". */
      readonly field: string
      readonly isNegated: boolean
      readonly pattern: Pattern
      /** What is matched where the field is absent. */
      readonly unset: string
    }
  | { readonly kind: 'exists'; readonly field: string; readonly isNegated: boolean }
  | { readonly kind: 'uri_detail'; readonly conditions: readonly UriCondition[] }
  | { readonly kind: 'eval'; readonly name: string; readonly args: readonly string[] }
  | { readonly kind: 'askdns'; readonly ask: AskDns }
  | { readonly kind: 'meta'; readonly expression: Expression }

export interface UriCondition {
  readonly target: 'raw' | 'type' | 'cleaned' | 'text' | 'domain' | 'host'
  readonly isNegated: boolean
  readonly pattern: Pattern
}

/** Reads the definition of a rule. Throws TestError or ExpressionError. */
export function parseTest(directive: string, text: string): RuleTest {
  const call = /^eval:\s*(\w+)\s*(?:\((.*)\))?\s*$/s.exec(text)
  if (call !== null)
    return { kind: 'eval', name: evalName(directive, call[1] ?? ''), args: readArguments(call[2] ?? '') }
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
    case 'uri_detail':
      return { kind: 'uri_detail', conditions: readUriConditions(text) }
    case 'askdns': {
      const ask = parseAskDns(text)
      if (typeof ask === 'string') throw new TestError(ask)
      return { kind: 'askdns', ask }
    }
    default:
      throw new TestError(`"${directive}" defines no rule`)
  }
}

/** One test measures another text in rules of another kind. */
function evalName(directive: string, name: string): string {
  return directive === 'rawbody' && name === 'image_to_text_ratio' ? 'image_to_rawbody_ratio' : name
}

function parseHeaderTest(kind: 'header' | 'mimeheader', text: string): RuleTest {
  const exists = /^(!?)exists:\s*([\w:-]+)\s*$/.exec(text)
  if (exists !== null && kind === 'header')
    return { kind: 'exists', field: readField(exists[2] ?? ''), isNegated: exists[1] === '!' }
  const match = /^([\w.-]+(?::[a-z]*)*)\s*([=!]~)\s*(.*)$/s.exec(text)
  if (match === null) throw new TestError('a header test is "Name =~ /pattern/", "exists:Name" or "eval:name()"')
  const [, field = '', operator, rest = ''] = match
  const unset = /\s\[if-unset:\s*([^\]]*)\]\s*$/.exec(rest)
  return {
    kind,
    field: readField(field),
    isNegated: operator === '!~',
    pattern: readPattern(unset === null ? rest : rest.slice(0, unset.index).trim()),
    unset: unset?.[1]?.trim() ?? '',
  }
}

/** Takes ":addr" and the like, refuses what nobody knows. */
function readField(text: string): string {
  const request = parseFieldRequest(text)
  if ('unknown' in request)
    throw new TestError(
      `":${request.unknown}" is not supported: use :raw, :addr, :name, :host, :domain, :ip, :first or :last`,
    )
  return text
}

const targets: readonly string[] = ['raw', 'type', 'cleaned', 'text', 'domain', 'host']
const uriCondition = /\b(\w+)\s*([=!]~)\s*((?:\/.*?\/|m(\W).*?\4)[imsx]*)(?=\s|$)/g

function readUriConditions(text: string): UriCondition[] {
  const conditions = [...text.matchAll(uriCondition)].map(([, target = '', operator, pattern = '']): UriCondition => {
    if (!targets.includes(target)) throw new TestError(`"${target}" is not known: use ${targets.join(', ')}`)
    return { target: target as UriCondition['target'], isNegated: operator === '!~', pattern: readPattern(pattern) }
  })
  if (conditions.length === 0) throw new TestError('a uri_detail test is "host =~ /pattern/ type =~ /^a$/"')
  return conditions
}

function readPattern(text: string): Pattern {
  const split = splitPattern(text.trim())
  if (split === null) throw new TestError(`"${text.slice(0, 40)}" is no pattern: write /.../ or m{...}`)
  const pattern = patternOrWhy(split.source, split.flags)
  if (typeof pattern === 'string') throw new TestError(pattern)
  return pattern
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
