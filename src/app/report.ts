// SPDX-License-Identifier: Apache-2.0
/** What became of each message: one log line, the numbers, and a record of the history. */
import { printAddress } from '../core/address.ts'
import type { AuthReport } from '../core/auth.ts'
import type { Examination } from '../core/examiner.ts'
import type { Clock, Logger, Meter } from '../core/ports.ts'
import type { Journal } from '../history/journal.ts'
import type { RefusedCommand, Report } from '../pipeline/deps.ts'
import { verdictFields } from '../verdict/explain.ts'
import { messageRecord, refusalRecord } from './history.ts'

export interface Reporter {
  examination(examination: Examination): void
  message(report: Report): void
  refused(refused: RefusedCommand): void
}

/** @param history null where none is kept */
export function createReporter(log: Logger, meter: Meter, clock: Clock, history: Journal | null): Reporter {
  return {
    examination({ auth, spentMs, incomplete }) {
      countAuth(auth, meter)
      for (const [stage, ms] of Object.entries(spentMs))
        meter.observe('postern_pipeline_stage_seconds', ms / 1000, { stage })
      if (incomplete.length > 0) meter.count('postern_pipeline_incomplete_total')
    },
    message(report) {
      const { way, transaction, examination, verdict, reply, sizeBytes } = report
      const action = outcomeOf(verdict?.action.kind ?? 'none', reply.code)
      meter.count('postern_pipeline_messages_total', { way, action })
      history?.add(messageRecord(report, action, clock.now()))
      log.info('pipeline.message', {
        id: transaction.id,
        session: transaction.session.id,
        client: transaction.session.client.ip,
        from: printAddress(transaction.sender.reversePath),
        to: transaction.recipients.map((r) => printAddress(r.address)),
        sizeBytes,
        ...(verdict === null || examination === null ? {} : verdictFields(verdict)),
        ...(examination === null || examination.incomplete.length === 0 ? {} : { incomplete: examination.incomplete }),
        reply: `${reply.code} ${reply.enhanced} ${reply.text}`,
      })
    },
    refused: (refused) => history?.add(refusalRecord(refused, clock.now())),
  }
}

/** Each method once a message; of several DKIM signatures the best. */
function countAuth({ spf, dkim, arc, dmarc, header }: AuthReport, meter: Meter): void {
  if (header === '') return
  const best = dkim.find(({ result }) => result === 'pass') ?? dkim[0]
  const results = { spf: spf.result, dkim: best?.result ?? 'none', arc: arc.result, dmarc: dmarc.result }
  for (const [method, result] of Object.entries(results)) {
    meter.count('postern_msgauth_results_total', { method, result })
  }
}

/** The judge's action, or what the next hop made of it. */
function outcomeOf(action: string, code: number): string {
  if (code < 400) return action
  return code < 500 ? 'defer' : 'reject'
}
