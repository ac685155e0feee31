// SPDX-License-Identifier: Apache-2.0
/** Authentication-Results: ours written, others' that carry our name removed (RFC 8601). */
import type { HeaderEdit } from '../core/message.ts'
import type { Findings } from './findings.ts'

/** token of RFC 2045 §5.1. */
const token = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/
/** What may stand unquoted as [local-part "@"] domain-name (RFC 8601 §2.2). */
const plainAddress = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]*@[A-Za-z0-9.-]+$/
/** Longer values, and those that are not ASCII, are left out rather than made into another identity. */
const maxValue = 300
const maxComment = 150
const maxSignatures = 10

function value(text: string): string {
  const clean = text.replace(/[\x00-\x1f\x7f]/g, ' ').trim()
  if (token.test(clean) || plainAddress.test(clean)) return clean
  return `"${clean.replace(/["\\]/g, '\\$&')}"`
}

/** " ptype.property=value", or nothing where there is no value worth writing. */
function property(name: string, text: string): string {
  return text === '' || text.length > maxValue || /[^\x00-\x7f]/.test(text) ? '' : ` ${name}=${value(text)}`
}

function comment(text: string): string {
  const clean = text
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, maxComment)
    .replace(/[()\\]/g, '\\$&')
  return clean === '' ? '' : ` (${clean})`
}

/**
 * The value of our field, folded after each result with CRLF and a tab.
 * @param sender the reverse-path as "local@domain"; "" for the null reverse-path
 */
export function authenticationResults(hostname: string, findings: Findings, sender: string, ip: string): string {
  const { spf, heloSpf, dkim, arc, dmarc, iprev, bimi } = findings
  const lines: string[] = []
  if (iprev !== null) lines.push(`iprev=${iprev.result}${property('policy.iprev', ip)}${comment(iprev.name)}`)
  const identity = spf.identity === 'helo' ? property('smtp.helo', spf.domain) : property('smtp.mailfrom', sender)
  lines.push(`spf=${spf.result}${comment(spf.result === 'pass' ? '' : spf.because)}${identity}`)
  if (heloSpf !== null) lines.push(`spf=${heloSpf.result}${property('smtp.helo', heloSpf.domain)}`)
  for (const d of dkim.slice(0, maxSignatures)) {
    // RFC 8601 §2.7.1: a policy result names the rule.
    const rule = d.result === 'policy' ? property('policy.dkim-rules', d.because) : ''
    const why = [d.testing ? 'test mode' : '', rule === '' ? d.because : ''].filter((text) => text !== '')
    const where = `${property('header.d', d.domain)}${property('header.s', d.selector)}`
    const which = `${property('header.a', d.algorithm)}${property('header.b', d.signature)}`
    lines.push(`dkim=${d.result}${comment(why.join(', '))}${where}${which}${rule}`)
  }
  if (dkim.length === 0) lines.push('dkim=none')
  const from = arc.result === 'none' ? '' : property('smtp.remote-ip', ip)
  lines.push(`arc=${arc.result}${comment(arc.because)}${from}`)
  const override = dmarc.override === null ? '' : `, ${dmarc.override}`
  const policy = dmarc.policy === null ? '' : comment(`p=${dmarc.policy}${override}`)
  // RFC 9989 §9.1: the policy after its options have been processed.
  const evaluated = dmarc.policy === null ? '' : property('policy.dmarc', dmarc.policy)
  lines.push(`dmarc=${dmarc.result}${policy}${property('header.from', dmarc.domain)}${evaluated}`)
  if (bimi !== null && bimi.result !== 'skipped') {
    const authority = property('policy.authority-uri', bimi.authority)
    lines.push(`bimi=${bimi.result}${property('header.d', bimi.domain)} header.selector=default${authority}`)
  }
  return [value(hostname), ...lines].join(';\r\n\t')
}

/** Where white space and comments (which nest) at the start of a field end; -1 when a comment does not. */
function skipCfws(text: string): number {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '(') depth++
    else if (c === ')' && depth > 0) depth--
    else if (c === '\\' && depth > 0) i++
    else if (depth === 0 && c !== ' ' && c !== '\t' && c !== '\r' && c !== '\n') return i
  }
  return -1
}

/** The authserv-id that a field claims, lower case; null where it cannot be read (RFC 8601 §2.2). */
export function claimedAuthservId(field: string): string | null {
  const at = skipCfws(field)
  if (at < 0) return null
  const rest = field.slice(at)
  if (rest.startsWith('"')) {
    const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(rest)
    return quoted === null ? null : (quoted[1] ?? '').replace(/\\(.)/g, '$1').toLowerCase()
  }
  const bare = /^[^\s;()"]+/.exec(rest)
  return bare === null ? null : bare[0].toLowerCase()
}

/** Whether a Received-SPF field names one of us as its receiver (RFC 7208 §9.1); what is quoted or folded counts too. */
function claimsReceiver(field: string, names: readonly string[]): boolean {
  const text = field.toLowerCase().replace(/["\s]/g, '')
  return names.some((name) => text.includes(`receiver=${name}`) || text.includes(`(${name}:`))
}

/**
 * Removes the fields that would be taken for ours further on (RFC 8601 §5): those with one of our names as
 * authserv-id, those whose id cannot be read, and those of subdomains of our name, which a loose reader may trust.
 */
export function forgedResults(ourNames: readonly string[]): HeaderEdit[] {
  const names = ourNames.map((name) => name.toLowerCase())
  const isOurs = (id: string | null): boolean =>
    id === null || names.some((name) => id === name || id === `${name}.` || id.endsWith(`.${name}`))
  return [
    { op: 'remove', name: 'Authentication-Results', when: (field) => isOurs(claimedAuthservId(field.value)) },
    { op: 'remove', name: 'X-Original-Authentication-Results', when: (f) => isOurs(claimedAuthservId(f.value)) },
    { op: 'remove', name: 'Received-SPF', when: ({ value }) => claimsReceiver(value, names) },
  ]
}
