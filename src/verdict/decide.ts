// SPDX-License-Identifier: Apache-2.0
/** Evidence × scorebook × thresholds → verdict. Pure: the same facts in any order bring the same verdict. */
import type { QueueId, SymbolName } from '../core/brand.ts'
import type { Evidence } from '../core/evidence.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Order } from '../core/ruling.ts'
import type { Action, PricedEvidence, Thresholds, Verdict } from '../core/verdict.ts'
import type { Listing } from './lists.ts'
import type { PriceBook } from './scorebook.ts'
import { actionFor, severityOf } from './thresholds.ts'

/** obey: refuse or quarantine as the author's domain asks. score: only points. off: neither. */
export type DmarcPolicyMode = 'obey' | 'score' | 'off'

export interface DecideContext {
  readonly queueId: QueueId
  /** What the restriction lists ordered. */
  readonly orders: readonly Order[]
  readonly listing: Listing | null
  readonly dmarc: DmarcPolicyMode
  /** A forwarder or mailing list that the operator listed: DMARC gives points and no more. */
  readonly isDmarcExempt: boolean
  /** What a policy of the operator's says whatever the score, such as an SPF fail where that is to be obeyed. */
  readonly refusal: Reply | null
  /** Stages that did not finish within the budget, with the reason. */
  readonly incomplete: readonly string[]
  /** What to do then: judge by the evidence that is there, or ask the client to come again. */
  readonly whenIncomplete: 'judge' | 'defer'
  /** Whether a refusal names the symbols that weighed most. */
  readonly showSymbols: boolean
}

interface Ground {
  readonly action: Action
  readonly decidedBy: Verdict['decidedBy']
}

/** Points are summed as whole thousandths, so that the order of the evidence cannot change a sum. */
const unit = 1000
const shownSymbols = 3

const isDmarc = (symbol: SymbolName): boolean => symbol.startsWith('DMARC_')

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Facts of one symbol together, the strongest first; a total order, so that where they came from does not matter. */
function bySymbol(a: Evidence, b: Evidence): number {
  return order(a.symbol, b.symbol) || b.strength - a.strength || order(a.details.join('\0'), b.details.join('\0'))
}

/** Every fact at its price, heaviest first; a symbol that was seen more than once is paid once, at its greatest strength. */
function price(evidence: readonly Evidence[], book: PriceBook, dmarc: DmarcPolicyMode): PricedEvidence[] {
  const paid = new Set<SymbolName>()
  return [...evidence]
    .sort(bySymbol)
    .map((item) => {
      const { symbol, strength } = item
      const isFree = paid.has(symbol) || (dmarc === 'off' && isDmarc(symbol))
      paid.add(symbol)
      const points = isFree ? 0 : Math.round(book.pointsFor(symbol) * strength * unit) / unit
      return { evidence: item, points, source: book.sourceOf(symbol) }
    })
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points) || b.points - a.points)
}

/** The sum, each group's additions held under its ceiling; what speaks for a message is never held. */
function total(priced: readonly PricedEvidence[], book: PriceBook): number {
  const added = new Map<string, number>()
  let sum = 0
  for (const { evidence, points } of priced) {
    const units = Math.round(points * unit)
    if (units <= 0) sum += units
    else {
      const group = book.groupOf(evidence.symbol)
      added.set(group, (added.get(group) ?? 0) + units)
    }
  }
  for (const [group, units] of added) sum += Math.min(units, book.ceilingOf(group) * unit)
  return sum / unit
}

function spamReply(score: number, limit: number, priced: readonly PricedEvidence[], context: DecideContext): Reply {
  const top = priced.filter((p) => p.points > 0).slice(0, shownSymbols)
  const names = context.showSymbols && top.length > 0 ? `: ${top.map((p) => p.evidence.symbol).join(', ')}` : ''
  const text = `Message refused as spam (score ${score.toFixed(1)} of ${limit.toFixed(1)})${names}; id ${context.queueId}`
  return { code: 550, enhanced: '5.7.1', text }
}

function byScore(score: number, limits: Thresholds, priced: readonly PricedEvidence[], context: DecideContext): Ground {
  const kind = actionFor(score, limits)
  const decidedBy = 'score'
  switch (kind) {
    case 'reject':
      return { action: { kind, reply: spamReply(score, limits.reject ?? score, priced, context) }, decidedBy }
    case 'quarantine':
      return { action: { kind, because: `score ${score.toFixed(1)}` }, decidedBy }
    default:
      return { action: { kind }, decidedBy }
  }
}

/** DMARC as the author's domain asks (RFC 7489 §6.6.4). RFC 7372 §3.3: neither SPF nor DKIM vouched for the author. */
function byDmarc(priced: readonly PricedEvidence[], context: DecideContext): Ground[] {
  if (context.dmarc !== 'obey' || context.isDmarcExempt) return []
  const find = (symbol: string): Evidence | undefined => priced.find((p) => p.evidence.symbol === symbol)?.evidence
  const refused = find('DMARC_FAIL_REJECT')
  if (refused !== undefined) {
    const who = refused.details[0] ?? 'the author'
    const text = `Message refused: neither SPF nor DKIM proves ${who}, whose DMARC policy is reject; id ${context.queueId}`
    return [{ action: { kind: 'reject', reply: { code: 550, enhanced: '5.7.26', text } }, decidedBy: 'policy' }]
  }
  const held = find('DMARC_FAIL_QUARANTINE')
  if (held === undefined) return []
  const because = `DMARC policy of ${held.details[0] ?? 'the author'} is quarantine`
  return [{ action: { kind: 'quarantine', because }, decidedBy: 'policy' }]
}

function byRefusal({ refusal }: DecideContext): Ground[] {
  return refusal === null ? [] : [{ action: { kind: 'reject', reply: refusal }, decidedBy: 'policy' }]
}

function byOrders(orders: readonly Order[]): Ground[] {
  return orders.flatMap((order): Ground[] => {
    if (order.kind === 'discard') {
      return [{ action: { kind: 'discard', because: order.because }, decidedBy: 'restriction' }]
    }
    if (order.kind !== 'hold') return []
    return [{ action: { kind: 'quarantine', because: order.because }, decidedBy: 'restriction' }]
  })
}

function byBlock(context: DecideContext): Ground[] {
  if (context.listing !== 'block') return []
  const text = `Message refused: the sender is not welcome here; id ${context.queueId}`
  return [{ action: { kind: 'reject', reply: { code: 550, enhanced: '5.7.1', text } }, decidedBy: 'list' }]
}

function byBudget(context: DecideContext): Ground[] {
  if (context.incomplete.length === 0 || context.whenIncomplete === 'judge') return []
  return [{ action: { kind: 'defer', reply: replies.timeout }, decidedBy: 'budget' }]
}

/**
 * The verdict on one message: of all grounds the severest, and of equal ones the first of restriction, list, policy,
 * score. Who is welcome is spared score, DMARC and a second try, but not what a restriction ordered.
 */
export function decide(
  evidence: readonly Evidence[],
  book: PriceBook,
  limits: Thresholds,
  context: DecideContext,
): Verdict {
  const priced = price(evidence, book, context.dmarc)
  const score = total(priced, book)
  const accept: Ground = { action: { kind: 'accept' }, decidedBy: context.listing === 'welcome' ? 'list' : 'score' }
  const judged: Ground[] =
    context.listing === 'welcome'
      ? [accept]
      : [
          ...byDmarc(priced, context),
          ...byRefusal(context),
          byScore(score, limits, priced, context),
          ...byBudget(context),
        ]
  const grounds = [...byOrders(context.orders), ...byBlock(context), ...judged]
  const { action, decidedBy } = grounds.reduce((worst, ground) =>
    severityOf(ground.action.kind) > severityOf(worst.action.kind) ? ground : worst,
  )
  return { action, score, limits, priced, decidedBy }
}
