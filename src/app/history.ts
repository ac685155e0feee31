// SPDX-License-Identifier: Apache-2.0
/** What the way reports, as records of the history. */
import type { LoadedConfig } from '../config/load.ts'
import { printAddress } from '../core/address.ts'
import type { Clock, Logger, Meter } from '../core/ports.ts'
import { printReply, type Reply } from '../core/reply.ts'
import { Journal } from '../history/journal.ts'
import { type HistoryRecord, historyEvidence } from '../history/record.ts'
import type { RefusedCommand, Report } from '../pipeline/deps.ts'
import type { Transaction } from '../pipeline/way.ts'
import { dataPaths } from './paths.ts'

/** Null where the operator wants none. */
export function openHistory(
  loaded: LoadedConfig,
  ports: { readonly clock: Clock; readonly log: Logger; readonly meter: Meter },
): Journal | null {
  const { enabled, lifetime, day_limit } = loaded.config.history
  if (!enabled) return null
  return new Journal({ folder: dataPaths(loaded).history, keepMs: lifetime, dayLimit: day_limit, ...ports })
}

/** A message that was answered at end of DATA. */
export function messageRecord(report: Report, action: string, at: number): HistoryRecord {
  const { way, transaction, examination, verdict, reply, sizeBytes } = report
  return {
    ...came(transaction, at),
    way,
    to: transaction.recipients.map((recipient) => printAddress(recipient.address)),
    bytes: sizeBytes,
    action,
    score: verdict === null || examination === null ? null : verdict.score,
    by: decider(report),
    reply: printReply(reply),
    evidence: verdict === null ? [] : historyEvidence(verdict.priced),
    trace: transaction.trace,
    incomplete: examination?.incomplete ?? [],
  }
}

/** The judge's reply is the judge's word; another one than it wanted is the next hop's or our own trouble. */
function decider({ verdict, reply }: Report): string {
  if (verdict === null) return 'restriction'
  const wanted = 'reply' in verdict.action ? verdict.action.reply.code : 250
  return wanted === reply.code ? verdict.decidedBy : 'delivery'
}

/** A sender or recipient that was refused. */
export function refusalRecord(refused: RefusedCommand, at: number): HistoryRecord {
  const { transaction, recipient, reply, trace } = refused
  return {
    ...came(transaction, at),
    way: 'inbound',
    to: recipient === null ? [] : [printAddress(recipient)],
    bytes: null,
    action: outcomeOf(reply),
    score: null,
    by: 'restriction',
    reply: printReply(reply),
    evidence: [],
    trace,
    incomplete: [],
  }
}

const outcomeOf = (reply: Reply): string => (reply.code < 500 ? 'defer' : 'reject')

function came({ id, session, sender }: Transaction, at: number) {
  const { ip, ptr } = session.client
  return {
    at: new Date(at).toISOString(),
    id,
    client: ip,
    clientName: ptr.kind === 'confirmed' ? ptr.name : null,
    helo: session.helo?.name ?? null,
    user: session.identity?.account ?? null,
    from: sender.reversePath === null ? '' : printAddress(sender.reversePath),
  }
}
