// SPDX-License-Identifier: Apache-2.0
/** Everything that turns a message into a verdict, built from the config: rules, model, prices, crew. */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { bayesSymbols } from '../bayes/evidence.ts'
import { openModel } from '../bayes/examine.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { ReversePath } from '../core/address.ts'
import type { QueueId } from '../core/brand.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Evidence } from '../core/evidence.ts'
import type { Examination } from '../core/examiner.ts'
import type { Complaint } from '../core/failure.ts'
import type { HeaderEdit } from '../core/message.ts'
import type { Clock, Logger, Meter, Resolver } from '../core/ports.ts'
import type { Order } from '../core/ruling.ts'
import type { Session } from '../core/session.ts'
import type { Verdict } from '../core/verdict.ts'
import { forgedResults } from '../msgauth/results.ts'
import { authSymbols } from '../msgauth/symbols.ts'
import { listSymbols } from '../rules/ask-lists.ts'
import { loadRules } from '../rules/load.ts'
import { withComposites } from '../verdict/composites.ts'
import { decide } from '../verdict/decide.ts'
import { foreignSpamFields, spamHeaders } from '../verdict/explain.ts'
import { createScoreBook, type PriceBook } from '../verdict/scorebook.ts'
import { type Crew, startCrew } from '../workers/crew.ts'
import type { CrewSetup, RulesSetup } from '../workers/protocol.ts'
import { authSetup, checkAuthPolicy, openAuthPolicy } from './auth-policy.ts'
import { complaintsAboutComposites, compositeSymbols, compositesOf } from './composites.ts'
import { dataPaths, fromBase, shipped } from './paths.ts'
import { checkPolicies, type OpenPolicies, openPolicies } from './policies.ts'

/** What is priced and how, before any thread is started. */
export interface Bench {
  readonly book: PriceBook
  readonly setup: CrewSetup
  readonly complaints: readonly Complaint[]
  /** What rule files ask for that has no effect here; `postern rules lint` names it. */
  readonly notices: number
}

/** Reads rules, model and prices. Throws UserError for a model that cannot be read; the rest are complaints. */
export function prepareBench(loaded: LoadedConfig): Bench {
  const { config, file } = loaded
  const rulePaths = rulePathsOf(loaded)
  const setup = rulesSetup(loaded)
  const { rules, complaints, notices } = loadRules(rulePaths, setup.scoreSet)
  const overrides = [...config.score.points].map(([symbol, points]) => {
    const place = loaded.places.get(`score.points.${symbol}`)
    return { symbol, points: points ?? 0, file: place?.file ?? file, line: place?.line ?? 0 }
  })
  const said = [...authSymbols, ...bayesSymbols, ...listSymbols, ...rules.symbols]
  const specs = [...said, ...compositeSymbols(loaded)]
  const { book, complaints: unknown } = createScoreBook({ specs, overrides, ceilings: {} })
  return {
    book,
    setup: {
      rulePaths,
      rules: setup,
      model: modelBuffer(loaded),
      hostname: config.hostname,
      msgauth: authSetup(loaded),
    },
    complaints: [
      ...complaints,
      ...unknown,
      ...complaintsAboutComposites(loaded, said),
      ...checkPolicies(loaded),
      ...checkAuthPolicy(loaded),
    ],
    notices: notices.length,
  }
}

/** Our own rules first, so that the operator's override them. */
export function rulePathsOf({ config, base }: LoadedConfig): readonly string[] {
  const own = config.rules.builtin ? [shipped.rules] : []
  return [...own, ...config.rules.paths.map((path) => fromBase(base, path.text))]
}

/** Scores follow what is asked and what is learnt: SpamAssassin's four sets. */
export function rulesSetup({ config: { rules, bayes } }: LoadedConfig): RulesSetup {
  const [network, learnt] = [rules.network, bayes.enabled]
  return {
    scoreSet: network ? (learnt ? 3 : 1) : learnt ? 2 : 0,
    lists: network ? { queries: rules.dns_queries, dnsMs: rules.dns_timeout } : null,
  }
}

function modelBuffer(loaded: LoadedConfig): SharedArrayBuffer | null {
  if (!loaded.config.bayes.enabled) return null
  const { model } = dataPaths(loaded)
  const prior = existsSync(shipped.model) ? shipped.model : null
  return prior === null && !existsSync(model) ? null : openModel(model, prior).buffer
}

/** What the way of a message has left for the judge. */
export interface Judged {
  readonly id: QueueId
  readonly orders: readonly Order[]
  readonly evidence: readonly Evidence[]
  readonly sender: { readonly reversePath: ReversePath }
  readonly session: Pick<Session, 'client'>
  readonly recipients: readonly Pick<Recipient, 'address'>[]
}

export interface Judge extends AsyncDisposable {
  readonly crew: Crew
  readonly bench: Bench
  readonly mayShare: OpenPolicies['mayShare']
  /** prices: of what the restriction lists have added to the evidence. */
  decide(about: Judged, examination: Examination, prices: ReadonlyMap<string, number>): Verdict
  headerEdits(verdict: Verdict, examination: Examination): readonly HeaderEdit[]
}

export interface JudgePorts {
  readonly dns: Resolver
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

/** Beyond this many threads memory for rules and regular expressions grows faster than the rate. */
const maxWorkers = 8

/** One core is left to the thread that talks; where that leaves a single worker, another stands by. */
function crewSize(workers: number): { readonly size: number; readonly reserve: number } {
  const size = workers === 0 ? Math.max(1, Math.min(maxWorkers, availableParallelism() - 1)) : workers
  return { size, reserve: workers === 0 && size === 1 ? 1 : 0 }
}

export function openJudge(loaded: LoadedConfig, bench: Bench, ports: JudgePorts): Judge {
  const { config } = loaded
  const policies = openPolicies(loaded)
  const composites = compositesOf(loaded)
  const policyFor = openAuthPolicy(loaded)
  const crew = startCrew({
    ...ports,
    ...crewSize(config.content.workers),
    deadlineMs: config.content.deadline,
    setup: bench.setup,
  })
  return {
    crew,
    bench,
    mayShare: policies.mayShare,
    decide: ({ id, orders, evidence, sender, session, recipients }, examination, prices) => {
      const { limits, listing } = policies.for(recipients)
      const facts = withComposites([...evidence, ...examination.evidence], composites)
      return decide(facts, withPrices(bench.book, prices), limits, {
        queueId: id,
        orders,
        listing: listing(sender.reversePath, examination),
        ...policyFor({ id, client: session.client, recipients: recipients.map((r) => r.address) }, examination.auth),
        incomplete: examination.incomplete,
        whenIncomplete: config.content.when_incomplete === 'defer' ? 'defer' : 'judge',
        showSymbols: config.score.show_symbols,
      })
    },
    headerEdits: (verdict, examination) => [
      ...foreignSpamFields(),
      ...forgedResults([config.hostname]),
      ...spamHeaders(verdict, bench.book, config.score.subject_prefix),
      ...(examination.auth.header === ''
        ? []
        : [{ op: 'prepend', name: 'Authentication-Results', value: examination.auth.header } as const]),
      ...receivedSpfField(config.msgauth.received_spf, examination),
    ],
    [Symbol.asyncDispose]: () => crew[Symbol.asyncDispose](),
  }
}

function receivedSpfField(isWanted: boolean, { auth }: Examination): HeaderEdit[] {
  if (!isWanted || auth.receivedSpf === undefined) return []
  return [{ op: 'prepend', name: 'Received-SPF', value: auth.receivedSpf }]
}

/** The book with the prices that stand in the restriction lists. */
function withPrices(book: PriceBook, prices: ReadonlyMap<string, number>): PriceBook {
  if (prices.size === 0) return book
  return {
    ...book,
    pointsFor: (symbol) => prices.get(symbol) ?? book.pointsFor(symbol),
    sourceOf: (symbol) => (prices.has(symbol) ? 'restrictions' : book.sourceOf(symbol)),
    groupOf: (symbol) => (prices.has(symbol) ? 'restrictions' : book.groupOf(symbol)),
  }
}
