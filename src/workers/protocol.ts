// SPDX-License-Identifier: Apache-2.0
/** The typed messages between the crew's captain (main thread) and its workers. */
import type { Envelope } from '../core/envelope.ts'
import type { Examination } from '../core/examiner.ts'
import type { DnsAnswer, LogFields, RecordKind } from '../core/ports.ts'
import type { Session } from '../core/session.ts'
import type { ScoreSet } from '../rules/compile.ts'
import type { LookupLimits } from '../rules/lookups.ts'

/** [msgauth] as far as it is about finding out, not about what follows. */
export interface AuthSetup {
  /** Lower case. */
  readonly trustedSealers: readonly string[]
  readonly queries: number
  readonly dnsMs: number
  readonly bimi: boolean
}

/** [rules] as far as they run. */
export interface RulesSetup {
  /** Which of a rule's four scores counts. */
  readonly scoreSet: ScoreSet
  /** null where DNS lists are not asked. */
  readonly lists: LookupLimits | null
}

/** What a worker is built from: plain data, the same for every worker of the crew. */
export interface CrewSetup {
  /** Rule folders and files, in the order in which they are read. */
  readonly rulePaths: readonly string[]
  /** Without it: every score for network and Bayes, and no list is asked. */
  readonly rules?: RulesSetup
  /** The model's tables, read without locks; null when there is no model. */
  readonly model: SharedArrayBuffer | null
  /** Tell the tokens that pushed the classifier for every message, not only for likely spam. */
  readonly explain?: boolean
  /** Our name in Authentication-Results (RFC 8601 §2.5). */
  readonly hostname: string
  /** null in tests and on machines where msgauth is switched off. */
  readonly msgauth: AuthSetup | null
}

/** What a worker is started with. */
export interface WorkerData {
  readonly setup: CrewSetup
  /** See slate.ts. */
  readonly slate: SharedArrayBuffer
}

/** Jobs under way in one worker: some wait for DNS, the others are examined in step (lockstep.ts). */
export const lanes = 16

export interface Job {
  readonly session: Session
  readonly envelope: Envelope
  /** As of ContentSubject. */
  readonly readers?: readonly string[]
  readonly raw: Uint8Array
}

export interface DnsQuestion {
  readonly kind: RecordKind
  readonly name: string
}

export type ToWorker =
  | { readonly to: 'examine'; readonly id: number; readonly lane: number; readonly job: Job }
  | { readonly to: 'abort'; readonly id: number }
  /** until: when the main thread forgets the answer, on the clock. */
  | { readonly to: 'dns'; readonly id: number; readonly answer: DnsAnswer<unknown>; readonly until: number }
  | { readonly to: 'setup'; readonly setup: CrewSetup }

export type FromWorker =
  | { readonly from: 'ready' }
  /** examination: where it does not fit on the slate. */
  | { readonly from: 'done'; readonly id: number; readonly examination: Examination | null }
  | { readonly from: 'failed'; readonly id: number; readonly because: string }
  | { readonly from: 'dns'; readonly id: number; readonly question: DnsQuestion }
  | {
      readonly from: 'log'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly event: string
      readonly fields: LogFields
    }
