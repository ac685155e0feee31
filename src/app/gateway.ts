// SPDX-License-Identifier: Apache-2.0
/** The composition root: Config → every room built once → a running gateway. Opened last, closed first. */
import { createAuthenticator } from '../accounts/authenticate.ts'
import { rememberedAccounts } from '../accounts/remembered.ts'
import { defaultThrottle, LoginThrottle } from '../accounts/throttle.ts'
import type { LoadedConfig } from '../config/load.ts'
import { UserError } from '../core/failure.ts'
import type { Clock, Ids, Logger } from '../core/ports.ts'
import type { Stores } from '../core/stores.ts'
import type { GatewayResolver } from '../dns/resolver.ts'
import { lookUpPtr } from '../dns/reverse.ts'
import { Disposal } from '../kit/disposal.ts'
import { editHeaders } from '../message/edit.ts'
import { createMetrics, type Metrics } from '../metrics/registry.ts'
import type { Custody } from '../pipeline/custody.ts'
import type { SpineDeps } from '../pipeline/deps.ts'
import { inboundWay } from '../pipeline/inbound.ts'
import { submissionWay } from '../pipeline/submission.ts'
import type { Way } from '../pipeline/way.ts'
import { ByteBudget } from '../smtp/byte-budget.ts'
import { openDirectory, openPasswords } from './accounts.ts'
import { openCertificate } from './certificate.ts'
import { type ChainPorts, openChains } from './chains.ts'
import { type CustodyParts, openCustody } from './custody.ts'
import { openHistory } from './history.ts'
import { type Judge, openJudge, prepareBench } from './judge.ts'
import { type Learning, openLearning, readersOf } from './learning.ts'
import { type OpenListener, openListeners, ownAddresses } from './listeners.ts'
import { dataPaths } from './paths.ts'
import { openRecipientTables } from './recipient-tables.ts'
import { createReporter } from './report.ts'
import { statusWithRewriting } from './rewriting.ts'
import { flushOf, readRoutes, recipientStatusOf, verifyOf } from './routes.ts'
import { openSigner } from './signer.ts'
import { openState } from './state.ts'

/** What a test replaces: time, names, randomness, the log. */
export interface World {
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Logger
  /** 0..1, evenly spread. */
  readonly random: () => number
  readonly openDns: (metrics: Metrics) => GatewayResolver
}

export interface Gateway extends AsyncDisposable {
  readonly listeners: readonly OpenListener[]
  readonly stores: Stores
  readonly custody: CustodyParts
  readonly metrics: Metrics
  readonly learning: Learning
}

/** Milliseconds that each room has to close. */
const closeMs = 15_000

/** Throws UserError for everything that the operator can put right; nothing is left open then. */
export async function startGateway(loaded: LoadedConfig, world: World): Promise<Gateway> {
  const { clock, ids, log } = world
  const { config } = loaded
  const closing = new Disposal(({ name, cause }) => log.error('service.close-failed', cause, { name }))
  try {
    const paths = dataPaths(loaded)
    const metrics = createMetrics()
    const { routes, complaints } = await readRoutes(loaded, { clock, log, meter: metrics })
    const bench = prepareBench(loaded)
    const wrong = [...complaints, ...bench.complaints]
    if (wrong.length > 0) throw new UserError(78, wrong)
    if (bench.notices > 0) log.info('rules.notices', { count: bench.notices, see: 'postern rules lint' })
    const stores = closing.use('stores', closeMs, await openState(paths, log))
    const certificate = await openCertificate(loaded, clock)
    const dns = world.openDns(metrics)
    const directory = openDirectory(loaded, rememberedAccounts(stores.accounts, clock), routes)
    const learning = closing.use('learner', closeMs, await openLearning(loaded, bench, { clock, log, meter: metrics }))
    const signer = await openSigner(loaded, clock, log)
    const custody = closing.use(
      'custody',
      closeMs,
      await openCustody(loaded, {
        ...world,
        stores,
        directory,
        routes,
        dns,
        isOwnAddress: ownAddresses(loaded),
        meter: metrics,
        onJudged: learning.judged,
        onReleased: learning.released,
        sign: signer.sign,
        seal: signer.seal,
      }),
    )
    const recipientTables = await openRecipientTables(loaded, { clock, log, meter: metrics })
    const { rewriter } = custody
    const mailboxStatus = recipientStatusOf(routes, directory, custody.couriers, recipientTables)
    const recipientStatus = statusWithRewriting(rewriter, routes, mailboxStatus)
    const chainPorts: ChainPorts = {
      dns,
      clock,
      log,
      meter: metrics,
      directory,
      routes,
      recipientStatus,
      verify: verifyOf(routes, custody.couriers),
      stores,
      trace: true,
    }
    const chains = await openChains(loaded, chainPorts)
    const userChains = await openChains(loaded, chainPorts, 'submission')
    const judge = closing.use('workers', closeMs, openJudge(loaded, bench, { dns, clock, log, meter: metrics }))
    const opened = openHistory(loaded, { clock, log, meter: metrics })
    const history = opened === null ? null : closing.use('history', closeMs, opened)
    const readersFor = readersOf(directory, rewriter)
    const report = createReporter(log, metrics, clock, history)
    const spine: SpineDeps = {
      hostname: config.hostname,
      chains,
      dns,
      queriesPerTransaction: config.dns.queries_per_transaction,
      flush: flushOf(routes, custody.queue),
      addressClass: routes.addressClass,
      examine: async (subject) => {
        const readers = await readersFor(subject.envelope)
        const examination = await judge.crew.examine({ ...subject, readers })
        learning.remember(examination, subject.raw)
        return examination
      },
      decide: (transaction, examination) => judge.decide(transaction, examination, chains.prices),
      headerEdits: judge.headerEdits,
      seal: signer.seal,
      editHeaders,
      rewrite: (envelope) => rewriter.envelope(envelope),
      custody: { ...custody.custody, mayShare: bothShare(custody.custody.mayShare, judge.mayShare) },
      observe: report.examination,
      report: (told) => {
        report.message(told)
        learning.reported(told)
      },
      refused: report.refused,
      clock,
      ids,
      log,
    }
    const ways: Record<'mx' | 'submission', Way> = {
      mx: inboundWay(spine),
      submission: submissionWay({ ...spine, chains: userChains, recipientStatus, ...signer }),
    }
    const authenticate = createAuthenticator({
      accounts: stores.accounts,
      passwords: openPasswords(),
      throttle: new LoginThrottle(defaultThrottle),
      rememberMs: config.accounts.remember_login,
      clock,
      log,
    })
    const budget = new ByteBudget(config.smtp.memory_budget)
    watch(metrics, judge, custody, budget, stores)
    const reverse = (ip: string, signal: AbortSignal) =>
      lookUpPtr(ip, { dns, clock, deadlineMs: config.dns.timeout }, signal)
    const listeners = closing.use(
      'listeners',
      closeMs,
      await openListeners(loaded, {
        ways,
        authenticate,
        certificate,
        reverse,
        budget,
        shelf: custody.shelf,
        clock,
        ids,
        log,
        metrics,
      }),
    )
    await custody.start()
    return {
      listeners: listeners.all,
      stores,
      custody,
      metrics,
      learning,
      [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
    }
  } catch (error) {
    await closing[Symbol.asyncDispose]()
    throw error
  }
}

type MayShare = Custody['mayShare']

const bothShare =
  (first: MayShare, second: MayShare): MayShare =>
  (others, recipient) =>
    first(others, recipient) && second(others, recipient)

/** Gauges that are read when somebody looks. */
function watch(metrics: Metrics, judge: Judge, custody: CustodyParts, budget: ByteBudget, stores: Stores): void {
  metrics.onScrape(async () => {
    metrics.gauge('postern_workers_waiting', judge.crew.waiting)
    metrics.gauge('postern_smtp_message_bytes', budget.used)
    const { waiting, held } = await custody.queue.depth()
    metrics.gauge('postern_queue_entries', waiting, { state: 'waiting' })
    metrics.gauge('postern_queue_entries', held, { state: 'held' })
    metrics.gauge('postern_quarantine_entries', await stores.quarantine.count())
  })
}
