// SPDX-License-Identifier: Apache-2.0
/** What runs in each thread of the crew: one message at a time through the content stages, on plain data. */
import { performance } from 'node:perf_hooks'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { bayesEvidence } from '../bayes/evidence.ts'
import { Classifier } from '../bayes/examine.ts'
import type { ContentSubject } from '../core/examiner.ts'
import { clientName } from '../core/session.ts'
import { assess, defaultAssessLimits } from '../msgauth/assess.ts'
import { type ContentRooms, examine } from '../pipeline/examine.ts'
import { loadRules } from '../rules/load.ts'
import { runRules } from '../rules/run.ts'
import { realClock } from '../service/real-world.ts'
import type { CrewSetup, FromWorker, Job, ToWorker } from './protocol.ts'
import { type RemoteResolver, remoteResolver } from './remote-resolver.ts'

/** SpamAssassin's fourth score set: network tests and Bayes are both on. */
const scoreSet = 3

function serve(port: MessagePort): void {
  const tell = (message: FromWorker) => port.postMessage(message)
  const dns = remoteResolver((id, question) => tell({ from: 'dns', id, question }))
  const underWay = new Map<number, AbortController>()
  let rooms = buildRooms(workerData as CrewSetup, dns)

  const work = async (id: number, job: Job) => {
    const stop = new AbortController()
    underWay.set(id, stop)
    try {
      const examination = await examine(job, rooms, stop.signal, (stage, auth, evidence) =>
        tell({ from: 'partial', id, partial: { stage, auth, evidence } }),
      )
      tell({ from: 'done', id, examination })
    } catch (error) {
      tell({ from: 'log', level: 'error', event: 'worker.failed', fields: { because: describe(error) } })
      tell({ from: 'failed', id, because: error instanceof Error ? error.message : String(error) })
    } finally {
      underWay.delete(id)
    }
  }

  port.on('message', (message: ToWorker) => {
    switch (message.to) {
      case 'examine':
        return void work(message.id, message.job)
      case 'abort':
        return underWay.get(message.id)?.abort(new Error('the time for this message is over'))
      case 'dns':
        return dns.settle(message.id, message.answer)
      case 'setup':
        rooms = buildRooms(message.setup, dns)
    }
  })
  tell({ from: 'ready' })
}

function buildRooms(setup: CrewSetup, dns: RemoteResolver): ContentRooms {
  // Complaints were told by the main thread, which loaded the same files before it started us.
  const { rules } = loadRules(setup.rulePaths, scoreSet)
  const classifier = setup.model === null ? null : new Classifier(setup.model)
  const trustedSealers = new Set(setup.trustedSealers)
  const authenticate = ({ session, envelope, raw }: ContentSubject, signal: AbortSignal) =>
    assess({
      raw,
      ip: session.client.ip,
      helo: session.helo?.name ?? '',
      reversePath: envelope.reversePath,
      hostname: setup.hostname,
      clientName: clientName(session),
      dns,
      clock: realClock,
      signal,
      trustedSealers,
      limits: defaultAssessLimits,
    })
  return {
    assess: setup.msgauth ? authenticate : null,
    rules: (message, facts) => runRules(rules, message, facts),
    bayes:
      classifier === null
        ? null
        : (message) => {
            const { probability } = classifier.classifyMessage(message)
            return { probability, evidence: bayesEvidence(probability) }
          },
    now: realClock.now,
    tick: () => performance.now(),
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

if (parentPort !== null) serve(parentPort)
