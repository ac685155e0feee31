// SPDX-License-Identifier: Apache-2.0
/** Verdict → reply, quarantine, delivery or silence. */
import type { Examination } from '../core/examiner.ts'
import type { HeaderEdit } from '../core/message.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Verdict } from '../core/verdict.ts'
import type { SpineDeps } from './deps.ts'
import { handOver } from './hand-over.ts'
import { filtered, prepended, readdressed } from './orders.ts'
import { receivedField } from './received.ts'
import { envelopeOf, rewritten, type Transaction } from './way.ts'

/** A message and all that is known of it. */
export interface Judged {
  readonly transaction: Transaction
  readonly raw: Uint8Array
  readonly examination: Examination
  readonly verdict: Verdict
}

/** Rejects when custody fails: then nobody has the message but its client. */
export async function act(judged: Judged, signal: AbortSignal, deps: SpineDeps): Promise<Reply> {
  const { transaction, raw, verdict, examination } = judged
  const { action } = verdict
  const { id, trace } = transaction
  if (action.kind === 'reject' || action.kind === 'defer') return action.reply
  if (action.kind === 'discard') return { ...replies.ok, text: `Ok: ${id}` }
  const bytes = deps.editHeaders(raw, edits(judged, deps))
  if (action.kind === 'quarantine') {
    const envelope = envelopeOf(filtered(await rewritten(transaction, deps), deps))
    await deps.custody.hold({ id, bytes, envelope, because: action.because, verdict, trace, auth: examination.auth })
    return { ...replies.ok, text: `Ok: held as ${id}` }
  }
  const carried = filtered(await rewritten(readdressed(transaction, deps), deps), deps)
  const folder = action.kind === 'junk' ? 'Junk' : 'INBOX'
  const whole = leavesUs(carried, deps) ? deps.editHeaders(bytes, await deps.seal(bytes, examination.auth)) : bytes
  return handOver({ transaction: carried, verdict, bytes: whole, folder, returnable: false }, deps.custody, signal)
}

/** Whether somebody beyond our own mailboxes gets it: then it is forwarded, and may be sealed. */
function leavesUs({ recipients }: Transaction, { custody }: SpineDeps): boolean {
  return recipients.some((recipient) => (custody.destinationOf(recipient)?.route.kind ?? 'maildir') !== 'maildir')
}

/** Ours on top: who sent it as far as we know, Received, then what the chains prepend, then what else the judge says. */
function edits({ transaction, examination, verdict }: Judged, deps: SpineDeps): HeaderEdit[] {
  const said = deps.headerEdits(verdict, examination)
  return [
    ...said.filter(isTrace),
    receivedField(transaction, deps.hostname, deps.clock.now()),
    ...prepended(transaction),
    ...said.filter((edit) => !isTrace(edit)),
  ]
}

/** RFC 7208 §9.1 and RFC 8601 §4: trace fields, above the Received of whoever found it out. */
function isTrace(edit: HeaderEdit): boolean {
  return edit.op === 'prepend' && (edit.name === 'Received-SPF' || edit.name === 'Authentication-Results')
}
