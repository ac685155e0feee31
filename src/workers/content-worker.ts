// SPDX-License-Identifier: Apache-2.0
/** What runs in each thread of the crew: messages through the content stages, on plain data. */
import { performance } from 'node:perf_hooks'
import { bayesEvidence, evidentTokens } from '../bayes/evidence.ts'
import { Classifier } from '../bayes/examine.ts'
import type { ContentSubject } from '../core/examiner.ts'
import type { Resolver } from '../core/ports.ts'
import { clientName } from '../core/session.ts'
import { assess, defaultAssessLimits } from '../msgauth/assess.ts'
import { type ContentRooms, examine } from '../pipeline/examine.ts'
import { askFirst } from '../rules/ask-lists.ts'
import { loadRules } from '../rules/load.ts'
import { newTally } from '../rules/matcher.ts'
import { stepsOn } from '../rules/run.ts'
import { Views } from '../rules/views.ts'
import { realClock } from '../service/real-world.ts'
import { tidyUp } from '../service/tidy.ts'
import type { AuthSetup, CrewSetup } from './protocol.ts'
import { serveCrew } from './serve.ts'

/** What is likely to be refused or moved is explained in the history as well; the rest where somebody asks (scan). */
const explainedFrom = 0.8

function buildRooms(setup: CrewSetup, dns: Resolver): ContentRooms {
  // Complaints were told by the main thread, which loaded the same files before it started us.
  const { scoreSet, lists } = setup.rules ?? { scoreSet: 3, lists: null }
  const { rules } = loadRules(setup.rulePaths, scoreSet)
  const classifier = setup.model === null ? null : new Classifier(setup.model)
  return {
    assess: setup.msgauth === null ? null : authenticator(setup.hostname, setup.msgauth, dns),
    rules: async (message, facts, signal) => {
      const [views, tally] = [new Views(message, facts, rules.settings), newTally(rules.names.length)]
      if (lists === null) return stepsOn(rules, views, tally)
      return askFirst(rules, views, lists, { dns, clock: realClock, signal }, tally)
    },
    bayes:
      classifier === null
        ? null
        : (message, readers) => {
            const { probability } = classifier.classifyMessage(message, { readers })
            const explained = setup.explain === true || probability >= explainedFrom
            return {
              probability,
              evidence: bayesEvidence(probability, explained ? classifier.explainLast(evidentTokens) : []),
            }
          },
    now: realClock.now,
    tick: () => performance.now(),
  }
}

function authenticator(hostname: string, setup: AuthSetup, dns: Resolver): ContentRooms['assess'] {
  const trustedSealers = new Set(setup.trustedSealers)
  const limits = { ...defaultAssessLimits, queries: setup.queries, dnsMs: setup.dnsMs }
  return ({ session, envelope, raw }: ContentSubject, signal: AbortSignal) =>
    assess({
      raw,
      ip: session.client.ip,
      helo: session.helo?.name ?? '',
      reversePath: envelope.reversePath,
      hostname,
      clientName: clientName(session),
      ptr: session.client.ptr,
      dns,
      clock: realClock,
      signal,
      trustedSealers,
      limits,
      bimi: setup.bimi,
    })
}

serveCrew((setup, dns) => {
  const rooms = buildRooms(setup, dns)
  tidyUp()
  return (job, signal, onStage, take) => examine(job, rooms, signal, onStage, take)
}, realClock)
