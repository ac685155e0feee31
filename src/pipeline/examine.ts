// SPDX-License-Identifier: Apache-2.0
/** The content stages in their order: who sent it, what it says, which rules it meets, what it is like. */
import { type Address, parseAddress } from '../core/address.ts'
import type { AuthReport } from '../core/auth.ts'
import type { Evidence } from '../core/evidence.ts'
import type { ContentSubject, Examination } from '../core/examiner.ts'
import { clientName } from '../core/session.ts'
import type { Steps } from '../kit/steps.ts'
import { parseMailboxes } from '../message/addresses.ts'
import { type Message, openMessage } from '../message/open.ts'
import type { Assessment } from '../msgauth/assess.ts'
import type { RuleFacts } from '../rules/facts.ts'

/** The content examiners of one thread. */
export interface ContentRooms {
  /** null where message authentication is switched off. */
  readonly assess: ((subject: ContentSubject, signal: AbortSignal) => Promise<Assessment>) | null
  /** Resolves at once where no rule has to ask anybody. The steps wait for nothing. */
  readonly rules: (message: Message, facts: RuleFacts, signal: AbortSignal) => Promise<Steps<readonly Evidence[]>>
  /** null without a model. */
  readonly bayes: ((message: Message, readers: readonly string[]) => { probability: number; evidence: Evidence }) | null
  readonly now: () => number
  /** Milliseconds of a clock that never goes back. */
  readonly tick: () => number
}

/** What is known so far, told before each stage: whoever has to cut a message short judges it on this. */
export type OnStage = (stage: string, auth: AuthReport | null, evidence: readonly Evidence[]) => void

/** Takes all steps, perhaps together with those of other messages. @param bytes the size of this one */
export type TakeSteps = (steps: Steps<Examination>, bytes: number) => Promise<Examination>

/** Without authentication there is nothing to report. */
export const noAuth: AuthReport = {
  spf: { result: 'none', domain: null, because: '' },
  dkim: [],
  arc: { result: 'none', sealers: [] },
  dmarc: { result: 'none', policy: null, domain: null },
  header: '',
}

export async function examine(
  subject: ContentSubject,
  rooms: ContentRooms,
  signal: AbortSignal,
  onStage: OnStage,
  take: TakeSteps,
): Promise<Examination> {
  const evidence: Evidence[] = []
  let auth: AuthReport = noAuth
  const stages = timeStages(rooms.tick, (stage) => onStage(stage, auth === noAuth ? null : auth, evidence))

  if (rooms.assess !== null) {
    stages.enter('authenticate')
    const assessment = await rooms.assess(subject, signal)
    auth = assessment.report
    evidence.push(...assessment.evidence)
    stages.leave('authenticate')
  }

  stages.enter('read')
  const message = openMessage(subject.raw)
  stages.leave('read')

  stages.enter('rules')
  const rules = await rooms.rules(message, ruleFacts(subject, auth, rooms.now()), signal)
  const rest = readOn(subject, message, rooms, rules, stages, { auth, evidence })
  return take(rest, subject.raw.length)
}

/** What waits for nobody any more. */
function* readOn(
  subject: ContentSubject,
  message: Message,
  rooms: ContentRooms,
  rules: Steps<readonly Evidence[]>,
  stages: Stages,
  { auth, evidence }: { readonly auth: AuthReport; readonly evidence: Evidence[] },
): Steps<Examination> {
  evidence.push(...(yield* rules))
  stages.leave('rules')

  let probability: number | null = null
  if (rooms.bayes !== null) {
    yield
    stages.enter('bayes')
    const opinion = rooms.bayes(message, subject.readers ?? [])
    probability = opinion.probability
    evidence.push(opinion.evidence)
    stages.leave('bayes')
  }
  return { auth, evidence, authors: authorsOf(message), probability, spentMs: stages.spentMs, incomplete: [] }
}

interface Stages {
  /** Milliseconds by stage; of messages that are read together, those of all. */
  readonly spentMs: Readonly<Record<string, number>>
  enter(stage: string): void
  leave(stage: string): void
}

function timeStages(tick: () => number, onEnter: (stage: string) => void): Stages {
  const spentMs: Record<string, number> = {}
  let since = tick()
  return {
    spentMs,
    enter: onEnter,
    leave: (stage) => {
      const now = tick()
      spentMs[stage] = now - since
      since = now
    },
  }
}

/** Authors that a message may have; lists look at no more. */
const maxAuthors = 20

function authorsOf({ headers }: Message): Address[] {
  return headers
    .all('from')
    .flatMap((field) => parseMailboxes(field.value))
    .slice(0, maxAuthors)
    .flatMap(({ address }) => parseAddress(address) ?? [])
}

function ruleFacts({ session, envelope }: ContentSubject, auth: AuthReport, now: number): RuleFacts {
  return {
    reversePath: envelope.reversePath,
    clientIp: session.client.ip,
    clientName: clientName(session),
    helo: session.helo?.name ?? '',
    recipients: envelope.recipients.map((r) => r.address),
    auth,
    now: now as RuleFacts['now'],
  }
}
