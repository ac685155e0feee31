// SPDX-License-Identifier: Apache-2.0
/** Where labels come from while the gateway runs, and what is made of them. */
import type { Directory } from '../accounts/directory.ts'
import { automaticDefaults, automaticLabel, DailyCaps } from '../bayes/automatic.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Envelope } from '../core/envelope.ts'
import type { Examination } from '../core/examiner.ts'
import type { Clock, Logger, Meter } from '../core/ports.ts'
import type { Judgement } from '../mailbox/judged.ts'
import { openMessage } from '../message/open.ts'
import type { Report } from '../pipeline/deps.ts'
import type { Rewriter } from '../queue/rewrite.ts'
import { type Learner, openLearner } from '../workers/learner.ts'
import type { Bench } from './judge.ts'
import { modelFiles } from './model.ts'

const wanted = { spam: false, source: 'administrator', reader: '', reach: 'all' } as const

/** Recipients of one message whose own learning is asked. */
const maxReaders = 20

export interface Learning extends AsyncDisposable {
  /** For the API and traps as well; null where nothing is learnt. */
  readonly learner: Learner | null
  /** The table as it is being taught; null without a model. */
  readonly buffer: SharedArrayBuffer | null
  /** A reader moved a message into Junk or out of it. */
  judged(judgement: Judgement): void
  /** A person released a held message: it was wanted. */
  released(raw: Uint8Array): void
  /** Keeps the bytes of a message for as long as its examination lives. */
  remember(examination: Examination, raw: Uint8Array): void
  /** What became of a message: perhaps a lesson without a person. */
  reported(report: Report): void
}

export interface LearningPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

export async function openLearning(loaded: LoadedConfig, bench: Bench, ports: LearningPorts): Promise<Learning> {
  const { bayes, hostname } = loaded.config
  const buffer = bench.setup.model
  const learner =
    buffer === null || !bayes.learn
      ? null
      : await openLearner({ ...modelFiles(loaded, { prior: true }), buffer, ...ports })
  const examined = new WeakMap<Examination, Uint8Array>()
  const caps = new DailyCaps(bayes.automatic_per_sender)
  const teach = async ({ account, spam, bytes }: Judgement) => {
    const kept = await bytes()
    if (kept === null) return
    const raw = withoutOurTrace(kept, hostname)
    await learner?.learn({ raw, spam, source: 'user', reader: account, reach: bayes.reach })
    ports.log.info('bayes.learnt', { account, label: spam ? 'spam' : 'ham' })
  }
  return {
    learner,
    buffer,
    judged(judgement) {
      if (learner === null) return
      teach(judgement).catch((cause: unknown) =>
        ports.log.error('bayes.not-learnt', cause, { account: judgement.account }),
      )
    },
    released: (raw) => learner?.note({ raw, ...wanted }),
    remember(examination, raw) {
      if (learner !== null && bayes.automatic) examined.set(examination, raw)
    },
    reported({ way, transaction, examination, verdict }) {
      const raw = examination === null ? undefined : examined.get(examination)
      if (learner === null || raw === undefined || verdict === null || way !== 'inbound') return
      const signals = verdict.priced.map(({ evidence, points }) => ({
        group: bench.book.groupOf(evidence.symbol),
        points,
      }))
      const label = automaticLabel(signals, automaticDefaults)
      const sender = transaction.sender.reversePath?.domain ?? transaction.session.client.ip
      if (label === null || !caps.take(sender, ports.clock.now())) return
      learner.note({ raw, spam: label === 'spam', source: 'automatic', reader: '', reach: 'all' })
    },
    [Symbol.asyncDispose]: async () => learner?.[Symbol.asyncDispose](),
  }
}

/** The message as it was judged: what stands above our own Received field, and that field, we put there ourselves. */
export function withoutOurTrace(raw: Uint8Array, hostname: string): Uint8Array {
  const ours = openMessage(raw).headers.first('received')
  const by = ` by ${hostname.toLowerCase()}`
  return ours?.value.toLowerCase().includes(by) === true ? raw.subarray(ours.end) : raw
}

/** The accounts that an envelope's recipients are read in, aliases followed; none where that is not known now. */
export function readersOf(directory: Pick<Directory, 'accountFor'>, rewriter: Pick<Rewriter, 'envelope'>) {
  const accountsOf = (recipients: Envelope['recipients']) =>
    Promise.all(recipients.slice(0, maxReaders).map(({ address }) => directory.accountFor(address)))
  return async (envelope: Envelope): Promise<readonly string[]> => {
    try {
      const direct = await accountsOf(envelope.recipients)
      const rest = envelope.recipients.filter(
        (recipient, i) => direct[i] === null && recipient.addressClass === 'local',
      )
      const rewritten =
        rest.length === 0
          ? []
          : await accountsOf((await rewriter.envelope({ ...envelope, recipients: rest })).recipients)
      return [...new Set([...direct, ...rewritten].filter((name) => name !== null))]
    } catch {
      return []
    }
  }
}
