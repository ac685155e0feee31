// SPDX-License-Identifier: Apache-2.0
/** All chains of one listener, and which of them are asked at which command. */
import { type Complaint, UserError } from '../core/failure.ts'
import type { Logger } from '../core/ports.ts'
import { type ChainOutcome, type ChainStage, chainStages } from '../core/ruling.ts'
import { openTable, type TableOptions } from '../tables/open.ts'
import type { Table } from '../tables/table.ts'
import { unlistedCheck } from './address.ts'
import { type Build, Misspelt, type RestrictionDeps } from './build.ts'
import { ChainRun, type ListEnd } from './chain.ts'
import { relayComplaint } from './open-relay.ts'
import { bareTables, parseLines, parseText, type RestrictionClass } from './parse.ts'
import type { About } from './refusal.ts'
import { aboutClient, aboutHelo, aboutRecipient, aboutSender, type Item } from './ruling.ts'
import type { WrittenLine } from './scan.ts'
import type { RestrictionSettings } from './settings.ts'
import { type ChainFacts, type Command, subjectOf } from './subject.ts'

export interface ChainsSpec {
  readonly lists: Readonly<Record<ChainStage, readonly WrittenLine[]>>
  /** smtpd_restriction_classes: named lists. */
  readonly classes: Readonly<Record<string, readonly WrittenLine[]>>
  readonly settings: RestrictionSettings
}

export interface ChainsDeps extends RestrictionDeps {
  /** Milliseconds between looks at the files of tables. */
  readonly checkTablesEveryMs: number
  /** Keep a line for every restriction that was asked; costs some allocation per command. */
  readonly trace: boolean
}

/**
 * Reads every list and every table. Throws a UserError (78) with all complaints: unknown names, tables that are not
 * there, and lists that would make an open relay.
 */
export async function buildChains(spec: ChainsSpec, deps: ChainsDeps): Promise<Chains> {
  const complaints: Complaint[] = []
  const classes = new Map<string, RestrictionClass>(Object.keys(spec.classes).map((name) => [name, { items: [] }]))
  const opened = new Map<string, Promise<Table>>()
  const { baseDir, clock, log, meter, checkTablesEveryMs: checkEveryMs } = deps
  const options: TableOptions = { baseDir, clock, log, meter, checkEveryMs }
  const prices = new Map<string, number>()
  const parse = (lines: readonly WrittenLine[], bareTable: string | null): Promise<readonly Item[]> =>
    parseLines(
      lines,
      (line) => {
        // One table, however often it is named.
        const open = (table: string): Promise<Table> => {
          const known = opened.get(table) ?? openTable(table, options, line)
          opened.set(table, known)
          return known
        }
        return { build: buildWith(spec.settings, deps, classes, prices, open), classes, bareTable }
      },
      complaints,
    )
  for (const [name, lines] of Object.entries(spec.classes)) {
    const named = classes.get(name)
    if (named !== undefined) named.items = await parse(lines, null)
  }
  const lists = new Map<ChainStage, readonly Item[]>()
  for (const stage of chainStages) lists.set(stage, await parse(spec.lists[stage], bareTables[stage]))
  const relay = relayComplaint(spec)
  if (relay !== null) complaints.push(relay)
  if (complaints.length > 0) throw new UserError(78, complaints)
  const build = buildWith(spec.settings, deps, classes, prices, noTables)
  return new Chains(lists, build, prices, deps.trace)
}

function noTables(spec: string): Promise<Table> {
  throw new Misspelt(`the table "${spec}" cannot be named in the answer of a table`, 'name it in a restriction class')
}

function buildWith(
  settings: RestrictionSettings,
  deps: RestrictionDeps,
  classes: ReadonlyMap<string, RestrictionClass>,
  prices: Map<string, number>,
  open: (spec: string) => Promise<Table>,
): Build {
  const build: Build = {
    deps,
    settings,
    openTable: open,
    declare({ points, symbol }) {
      const known = prices.get(symbol) ?? points
      if (known !== points)
        throw new Misspelt(`${symbol} is worth ${known} points elsewhere`, 'one symbol has one price')
      prices.set(symbol, points)
    },
    parseAnswer: (text) => parseText(text, { build: { ...build, openTable: noTables }, classes, bareTable: null }),
  }
  return build
}

type DoubtfulStage = 'client' | 'helo' | 'sender'

const dataCommand: About = { name: 'DATA', class: 'Data command' }
const endOfData: About = { name: 'END-OF-MESSAGE', class: 'End-of-data' }

export class Chains {
  /** Symbols that "score" adds, and their points; answers of tables may bring new ones. */
  readonly prices: ReadonlyMap<string, number>
  readonly #lists: ReadonlyMap<ChainStage, readonly Item[]>
  readonly #build: Build
  readonly #trace: boolean
  readonly #unlistedSender: ReturnType<typeof unlistedCheck>
  readonly #unlistedRecipient: ReturnType<typeof unlistedCheck>

  constructor(
    lists: ReadonlyMap<ChainStage, readonly Item[]>,
    build: Build,
    prices: ReadonlyMap<string, number>,
    trace: boolean,
  ) {
    this.prices = prices
    this.#lists = lists
    this.#build = build
    this.#trace = trace
    this.#unlistedSender = unlistedCheck('sender', build)
    this.#unlistedRecipient = unlistedCheck('recipient', build)
  }

  /** With smtpd_delay_reject the lists for client, helo and sender wait for RCPT: these three then let everybody on. */
  atConnect(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome> {
    return this.#delayed ? silent() : this.#judge('CONNECT', facts, signal, (run) => this.#client(run))
  }

  atHelo(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome> {
    const command = facts.session.helo?.verb === 'HELO' ? 'HELO' : 'EHLO'
    return this.#delayed ? silent() : this.#judge(command, facts, signal, (run) => this.#helo(run))
  }

  atMail(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome> {
    if (facts.memory !== undefined) facts.memory.discarding = false
    return this.#delayed ? silent() : this.#judge('MAIL', facts, signal, (run) => this.#sender(run))
  }

  atRcpt(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome> {
    return this.#judge('RCPT', facts, signal, (run) => this.#recipient(run))
  }

  atData(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome> {
    if (this.#items('data').length === 0) return silent()
    return this.#judge('DATA', facts, signal, (run) => this.#whole(run, 'data', dataCommand))
  }

  atEndOfData(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome> {
    if (this.#items('end_of_data').length === 0) return silent()
    return this.#judge('END-OF-MESSAGE', facts, signal, (run) => this.#whole(run, 'end_of_data', endOfData))
  }

  atEtrn(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome> {
    const about: About = { name: facts.etrnDomain ?? '', class: 'Etrn command' }
    return this.#judge('ETRN', facts, signal, async (run) => {
      if (this.#delayed) {
        if ((await this.#client(run)) === 'refused') return 'refused'
        if ((await this.#helo(run)) === 'refused') return 'refused'
      }
      return this.#whole(run, 'etrn', about)
    })
  }

  get #delayed(): boolean {
    return this.#build.settings.delayReject
  }

  /** A deadline that passes, like every fault of ours, is a 451. */
  async #judge(
    command: Command,
    facts: ChainFacts,
    signal: AbortSignal,
    lists: (run: ChainRun) => Promise<ListEnd>,
  ): Promise<ChainOutcome> {
    const { deps, settings } = this.#build
    const { softBounce, rejectFooter } = settings
    const { log, meter, hostname } = deps
    const options = { log, meter, hostname, softBounce, rejectFooter, trace: this.#trace }
    const run = new ChainRun(subjectOf(command, facts, deps.dns, signal), options)
    run.discarding = facts.memory?.discarding ?? false
    const { promise: overdue, resolve } = Promise.withResolvers<'overdue'>()
    const giveUp = (): void => resolve('overdue')
    if (signal.aborted) giveUp()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      const end = await Promise.race([lists(run), overdue])
      if (end === 'overdue') return run.overdue()
      if (facts.memory !== undefined) facts.memory.discarding = run.discarding
      const outcome = run.outcome()
      if (deps.logTrace) tellTrace(outcome, command, deps.log)
      return outcome
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  #items(stage: ChainStage): readonly Item[] {
    return this.#lists.get(stage) ?? []
  }

  async #client(run: ChainRun): Promise<ListEnd> {
    run.begin()
    const end = await run.list('client', this.#items('client'), aboutClient(run.subject))
    return this.#remember(run, 'client', end)
  }

  async #helo(run: ChainRun): Promise<ListEnd> {
    if (run.subject.helo === null) return 'dunno'
    run.begin()
    this.#recall(run, ['client'])
    const end = await run.list('helo', this.#items('helo'), aboutHelo(run.subject))
    return this.#remember(run, 'helo', end)
  }

  async #sender(run: ChainRun): Promise<ListEnd> {
    run.begin()
    this.#recall(run, ['client', 'helo'])
    const about = aboutSender(run.subject)
    let end = await run.list('sender', this.#items('sender'), about)
    const implicit = this.#build.settings.rejectUnlistedSender && !run.subject.listed.sender && !run.discarding
    if (end !== 'refused' && implicit)
      end = await run.apply('sender', 'reject_unlisted_sender', this.#unlistedSender(run.subject), about)
    return this.#remember(run, 'sender', end)
  }

  async #recipient(run: ChainRun): Promise<ListEnd> {
    const { recipient } = run.subject
    const about = aboutRecipient(run.subject)
    // RFC 5321 §4.5.1: somebody must always be reachable about the mail of this host.
    if (recipient?.domain === '' && recipient.localPart.toLowerCase() === 'postmaster')
      return run.apply('recipient', 'postmaster', { kind: 'permit', because: 'RFC 5321 section 4.5.1' }, about)
    if (this.#delayed) {
      if ((await this.#client(run)) === 'refused') return 'refused'
      if ((await this.#helo(run)) === 'refused') return 'refused'
      if ((await this.#sender(run)) === 'refused') return 'refused'
    } else this.#recall(run, ['client', 'helo', 'sender'])
    run.begin()
    const order: readonly ChainStage[] = this.#build.settings.relayBeforeRecipientRestrictions
      ? ['relay', 'recipient']
      : ['recipient', 'relay']
    for (const stage of order) if ((await run.list(stage, this.#items(stage), about)) === 'refused') return 'refused'
    if (run.settleDoubt('recipient') === 'refused') return 'refused'
    const { listed } = run.subject
    if (!this.#build.settings.rejectUnlistedRecipient || run.discarding || listed.recipient) return 'dunno'
    return run.apply('recipient', 'reject_unlisted_recipient', this.#unlistedRecipient(run.subject), about)
  }

  async #whole(run: ChainRun, stage: ChainStage, about: About): Promise<ListEnd> {
    run.begin()
    const end = await run.list(stage, this.#items(stage), about)
    return end === 'refused' ? end : run.settleDoubt(stage)
  }

  /** Doubts of one command for the next; where the lists are delayed they are all in one run. */
  #remember(run: ChainRun, stage: DoubtfulStage, end: ListEnd): ListEnd {
    const { memory } = run.subject.facts
    if (memory !== undefined) memory[stage] = run.deferIfPermit
    return end
  }

  /** The doubts that were there before this stage's command. */
  #recall(run: ChainRun, before: readonly DoubtfulStage[]): void {
    if (this.#delayed) return
    const memory = run.subject.facts.memory
    for (const stage of before) run.deferIfPermit ??= memory?.[stage] ?? null
  }
}

/** What `postern explain` shows, in the log: one event a command. */
function tellTrace({ trace }: ChainOutcome, command: Command, log: Logger): void {
  if (trace.length === 0) return
  const lines = trace.map((line) => `${line.stage}: ${line.restriction}: ${line.ruling}: ${line.because}`)
  log.debug('restrictions.trace', { command, trace: lines })
}

/** Nobody is asked. */
async function silent(): Promise<ChainOutcome> {
  return { reply: null, hangUp: false, orders: [], evidence: [], trace: [] }
}
