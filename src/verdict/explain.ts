// SPDX-License-Identifier: Apache-2.0
/** A verdict told: to mail programs in header fields, to operators in one log line, to people and scripts. */
import type { HeaderEdit } from '../core/message.ts'
import type { LogFields } from '../core/ports.ts'
import type { PricedEvidence, ScoreBook, Thresholds, Verdict } from '../core/verdict.ts'
import { requiredScore, severityOf } from './thresholds.ts'

/** What filters write; from outside it would be believed by the recipients' own rules. */
const spamFields = [
  'X-Spam',
  'X-Spam-Flag',
  'X-Spam-Status',
  'X-Spam-Score',
  'X-Spam-Level',
  'X-Spam-Bar',
  'X-Spam-Report',
  'X-Spam-Result',
  'X-Spam-Action',
  'X-Spam-Checker-Version',
  'X-Spamd-Result',
  'X-Spamd-Bar',
]

const lineWidth = 76
const maxLevel = 50
/** Symbols in a field; the rest is in the log. */
const maxSymbols = 60
const maxDetail = 120

const points = (value: number): string => value.toFixed(1)
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxDetail)

/** Whether the message is marked as spam. */
export function isMarked(verdict: Verdict): boolean {
  return severityOf(verdict.action.kind) >= severityOf('mark')
}

/** Joins words with commas, folding before the line gets too long. */
function folded(head: string, words: readonly string[]): string {
  let text = head
  let column = head.length
  for (const [i, word] of words.entries()) {
    const piece = i < words.length - 1 ? `${word},` : word
    if (i > 0 && column + piece.length > lineWidth) {
      text += '\r\n\t'
      column = 8
    }
    text += piece
    column += piece.length
  }
  return text
}

/** Removes every such field that came with the message. */
export function foreignSpamFields(): HeaderEdit[] {
  return spamFields.map((name) => ({ op: 'remove', name, when: () => true }))
}

function reportLine(priced: PricedEvidence, book: ScoreBook): string {
  const { symbol } = priced.evidence
  return `* ${points(priced.points).padStart(5)} ${symbol} ${printable(book.describe(symbol))}`.trimEnd()
}

/**
 * The fields that sieve scripts read, in SpamAssassin's form: always X-Spam-Status and X-Spam-Score; for marked
 * messages X-Spam-Flag, X-Spam-Level and X-Spam-Report too, and the prefix before their Subject. Prepend them after
 * foreignSpamFields().
 */
export function spamHeaders(verdict: Verdict, book: ScoreBook, subjectPrefix = ''): HeaderEdit[] {
  const prepend = (name: string, value: string): HeaderEdit => ({ op: 'prepend', name, value })
  const { score, limits, priced } = verdict
  const marked = isMarked(verdict)
  const required = requiredScore(limits)
  const names = priced.slice(0, maxSymbols).map((p) => p.evidence.symbol)
  const head = `${marked ? 'Yes' : 'No'}, score=${points(score)} required=${required === null ? 'none' : points(required)}`
  const status = folded(`${head}\r\n\ttests=`, names.length === 0 ? ['none'] : names)
  const fields = [prepend('X-Spam-Status', status), prepend('X-Spam-Score', points(score))]
  if (!marked) return fields
  const report = priced.slice(0, maxSymbols).map((p) => reportLine(p, book))
  const level = '*'.repeat(Math.min(maxLevel, Math.max(0, Math.floor(score))))
  if (report.length > 0) fields.push(prepend('X-Spam-Report', report.join('\r\n\t')))
  if (level !== '') fields.push(prepend('X-Spam-Level', level))
  fields.push(prepend('X-Spam-Flag', 'YES'))
  return subjectPrefix === '' ? fields : [...fields, { op: 'prefix-subject', text: subjectPrefix }]
}

/** Why the action was taken, in a few words. */
export function because(verdict: Verdict): string {
  const { action } = verdict
  if ('reply' in action) return action.reply.text
  return 'because' in action ? action.because : ''
}

/** The fields of the one log line of a verdict. */
export function verdictFields(verdict: Verdict): LogFields {
  return {
    action: verdict.action.kind,
    score: verdict.score,
    by: verdict.decidedBy,
    because: because(verdict),
    tests: verdict.priced.map((p) =>
      p.points === 0 ? p.evidence.symbol : `${p.evidence.symbol}(${points(p.points)})`,
    ),
  }
}

/** For a terminal: one line for the action, then one for each fact, heaviest first. */
export function explainVerdict(verdict: Verdict, book: ScoreBook): string[] {
  const why = because(verdict)
  const head = `${verdict.action.kind} by ${verdict.decidedBy}, score ${points(verdict.score)}${why === '' ? '' : `: ${why}`}`
  const lines = verdict.priced.map((p) => {
    const { symbol, details } = p.evidence
    const seen = details.length === 0 ? '' : ` [${printable(details.join('; '))}]`
    return `${points(p.points).padStart(7)}  ${symbol}  ${book.describe(symbol)}${seen}  (${p.source})`
  })
  return [head, ...lines]
}

/** One line of `postern scan --json`. */
export interface ScanLine {
  readonly file: string
  readonly action: Verdict['action']['kind']
  readonly score: number
  readonly thresholds: Thresholds
  readonly evidence: readonly {
    readonly symbol: string
    readonly points: number
    readonly details: readonly string[]
    readonly source: string
  }[]
}

export function scanLine(file: string, verdict: Verdict): ScanLine {
  return {
    file,
    action: verdict.action.kind,
    score: verdict.score,
    thresholds: verdict.limits,
    evidence: verdict.priced.map(({ evidence, points: price, source }) => ({
      symbol: evidence.symbol,
      points: price,
      details: evidence.details,
      source,
    })),
  }
}
