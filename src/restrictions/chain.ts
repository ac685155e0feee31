// SPDX-License-Identifier: Apache-2.0
/** One command judged: lists from left to right until one decides, with Postfix's algebra of doubts. */
import type { Evidence } from '../core/evidence.ts'
import { Failure } from '../core/failure.ts'
import type { Logger, Meter } from '../core/ports.ts'
import type { Reply } from '../core/reply.ts'
import type { ChainOutcome, ChainStage, Order, TraceLine } from '../core/ruling.ts'
import { withFooter } from './footer.ts'
import type { About, Refusal, Scored } from './refusal.ts'
import { type Item, misconfigured, type Ruling } from './ruling.ts'
import { evidenceOf } from './score.ts'
import type { Subject } from './subject.ts'
import { replyFor } from './wording.ts'

/** How a list ended: nobody decided, somebody permitted, or the command is refused. */
export type ListEnd = 'dunno' | 'permit' | 'refused'

/** Lists inside lists; a table that names its own class would never end. */
const maxDepth = 100

export interface RunOptions {
  readonly log: Logger
  readonly meter: Meter
  readonly softBounce: boolean
  readonly rejectFooter: string
  readonly hostname: string
  readonly trace: boolean
}

const lookupFailure: Reply = { code: 451, enhanced: '4.3.0', text: 'Temporary lookup failure' }

/** Whether a refusal refuses is only told to the log, or becomes evidence. */
type Force = { readonly kind: 'full' | 'warn' } | { readonly kind: 'score'; readonly scored: Scored }

const inForce: Force = { kind: 'full' }

/** The outer word counts for whatever a list expands to. */
function forceOf(item: Item, outer: Force): Force {
  if (outer.kind !== 'full') return outer
  if (item.scored !== null) return { kind: 'score', scored: item.scored }
  return item.warnOnly ? { kind: 'warn' } : inForce
}

/** A class or a table has led to itself. */
class TooDeep extends Error {}

export class ChainRun {
  readonly subject: Subject
  /** A doubt that becomes the reply if nothing refuses; the first one counts. */
  deferIfPermit: Refusal | null = null
  /** Set by DISCARD: whatever follows is accepted. */
  discarding = false
  readonly #options: RunOptions
  readonly #orders: Order[] = []
  readonly #evidence: Evidence[] = []
  readonly #trace: TraceLine[] = []
  #deferIfReject: Refusal | null = null
  #reply: Reply | null = null
  #stage: ChainStage = 'client'

  constructor(subject: Subject, options: RunOptions) {
    this.subject = subject
    this.#options = options
  }

  /** Begins a command's lists: a doubt about refusals does not outlive the command it came up in. */
  begin(): void {
    this.#deferIfReject = null
  }

  async list(stage: ChainStage, items: readonly Item[], about: About): Promise<ListEnd> {
    this.#stage = stage
    try {
      return await this.#items(items, about, inForce, 0)
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** One check of ours that stands in no list. */
  async apply(stage: ChainStage, text: string, ruling: Ruling | Promise<Ruling>, about: About): Promise<ListEnd> {
    const item: Item = { restriction: { text, examine: () => ruling }, warnOnly: false, scored: null }
    return this.list(stage, [item], about)
  }

  /** Refuses with a doubt that was kept, now that the command would be permitted. */
  settleDoubt(stage: ChainStage): ListEnd {
    if (this.deferIfPermit === null) return 'dunno'
    this.#stage = stage
    return this.#refuse(
      this.deferIfPermit,
      'defer_if_permit',
      'an earlier doubt, and nothing refused the mail',
      inForce,
    )
  }

  outcome(): ChainOutcome {
    const reply = this.#reply
    // RFC 5321 §3.8: 421 closes the connection; 521 as access(5) has it.
    const hangUp = reply !== null && (reply.code === 421 || reply.code === 521)
    return { reply, hangUp, orders: this.#orders, evidence: this.#evidence, trace: this.#trace }
  }

  /** The deadline has passed, whatever the lists do now: not a permit. */
  overdue(): ChainOutcome {
    this.#note('deadline', 'defer', 'the restrictions took too long')
    this.#log('restrictions.overdue', 'deadline', 'the restrictions took too long', lookupFailure)
    const { orders, evidence, trace } = this.outcome()
    return { reply: lookupFailure, hangUp: false, orders: [...orders], evidence: [...evidence], trace: [...trace] }
  }

  async #items(items: readonly Item[], about: About, outer: Force, depth: number): Promise<ListEnd> {
    if (depth > maxDepth) throw new TooDeep(`lists inside lists, more than ${maxDepth}`)
    for (const item of items) {
      if (this.discarding) return 'permit'
      const examined = item.restriction.examine(this.subject, about)
      const ruling = examined instanceof Promise ? await examined : examined
      const end = await this.#follow(ruling, item, forceOf(item, outer), depth)
      if (end !== 'dunno') return end
      // Whatever comes now, the answer is a deferral.
      if (this.deferIfPermit !== null && this.#deferIfReject !== null) return 'dunno'
    }
    return 'dunno'
  }

  #follow(ruling: Ruling, item: Item, force: Force, depth: number): ListEnd | Promise<ListEnd> {
    const { text } = item.restriction
    switch (ruling.kind) {
      case 'dunno':
        this.#note(text, 'dunno', ruling.because)
        return 'dunno'
      case 'permit':
        this.#note(text, 'permit', ruling.because)
        return 'permit'
      case 'refuse':
        return this.#refuse(ruling.refusal, text, ruling.because, force)
      case 'defer_if_permit':
        // Tried out only: then the doubt is told and forgotten. It is no evidence either.
        if (force.kind === 'warn') return this.#refuse(ruling.refusal, text, ruling.because, force)
        if (force.kind === 'score') return this.#take({ kind: 'note', because: `in doubt: ${ruling.because}` }, text)
        this.#note(text, 'defer_if_permit', ruling.because)
        this.deferIfPermit ??= ruling.refusal
        return 'dunno'
      case 'defer_if_reject':
        this.#note(text, 'defer_if_reject', ruling.because)
        this.#deferIfReject ??= ruling.refusal
        return 'dunno'
      case 'note':
        return this.#take(ruling, text)
      case 'discard':
        this.#note(text, 'order', ruling.because)
        this.#orders.push({ kind: 'discard', because: ruling.because })
        this.discarding = true
        return 'permit'
      case 'list':
        this.#note(text, 'note', ruling.because)
        return this.#items(ruling.items, ruling.about, force, depth + 1)
    }
  }

  #take(ruling: Ruling & { kind: 'note' }, text: string): ListEnd {
    this.#note(text, ruling.order === undefined ? 'note' : 'order', ruling.because)
    if (ruling.order !== undefined) this.#orders.push(ruling.order)
    if (ruling.evidence !== undefined) this.#evidence.push(ruling.evidence)
    if (ruling.warning !== undefined) this.#log('restrictions.warned', text, ruling.warning)
    return 'dunno'
  }

  #refuse(refusal: Refusal, text: string, because: string, force: Force): ListEnd {
    if (force.kind === 'score' && refusal.policy)
      return this.#take({ kind: 'note', because, evidence: evidenceOf(force.scored, because) }, text)
    if (force.kind === 'warn' && refusal.policy) {
      this.#note(text, 'warn', because)
      this.#log('restrictions.would_refuse', text, because, replyFor(refusal, this.#options.softBounce))
      return 'dunno'
    }
    const doubted = refusal.code >= 500 ? this.#deferIfReject : null
    const { softBounce, rejectFooter, hostname } = this.#options
    const reply = withFooter(replyFor(doubted ?? refusal, softBounce), rejectFooter, this.subject, hostname)
    this.#note(text, reply.code < 500 ? 'defer' : 'reject', because)
    if (doubted !== null) this.#note(text, 'note', 'a permission could not be looked up, so this is not for good')
    this.#log('restrictions.refused', text, because, reply)
    const labels = { stage: this.#stage, restriction: text.split(' ', 1)[0] ?? '', ruling: String(reply.code) }
    this.#options.meter.count('postern_restrictions_refusals_total', labels)
    this.#reply = reply
    return 'refused'
  }

  /** Our own failure is never a permit. */
  #fail(error: unknown): ListEnd {
    if (error instanceof Failure) {
      this.#options.log.error('restrictions.failed', error, { stage: this.#stage })
      this.#reply = error.reply
      this.#note('failure', error.temporary ? 'defer' : 'reject', error.detail)
      return 'refused'
    }
    if (error instanceof TooDeep) {
      const ruling = misconfigured(error.message)
      if (ruling.kind === 'refuse') return this.#refuse(ruling.refusal, 'restriction lists', error.message, inForce)
    }
    this.#options.log.error('restrictions.failed', error, { stage: this.#stage })
    this.#note('failure', 'defer', error instanceof Error ? error.message : String(error))
    this.#reply = lookupFailure
    return 'refused'
  }

  #note(restriction: string, ruling: TraceLine['ruling'], because: string): void {
    if (this.#options.trace) this.#trace.push({ stage: this.#stage, restriction, ruling, because })
  }

  #log(event: string, restriction: string, because: string, reply?: Reply): void {
    const { ip, helo, senderText, recipientText } = this.subject
    const told = reply === undefined ? {} : { code: reply.code, enhanced: reply.enhanced, text: reply.text }
    const who = { client: ip, helo: helo ?? '', sender: senderText, recipient: recipientText }
    this.#options.log.info(event, { stage: this.#stage, restriction, because, ...told, ...who })
  }
}
