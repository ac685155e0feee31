// SPDX-License-Identifier: Apache-2.0
/** Restrictions that say the same wherever they stand. */
import { type Maker, Misspelt, plain } from './build.ts'
import { dunno, permit, type Ruling, refuse, rejected } from './ruling.ts'

const permitted: Ruling = permit('it always permits')
const encrypted: Ruling = dunno('the session is encrypted')
const noBounce: Ruling = dunno('not a bounce to several recipients')
const inTurn: Ruling = dunno('the client waits for its turn')

export const permitAll: Maker = plain(() => () => permitted)

export const rejectAll: Maker = plain(({ settings }) => (_, about) => {
  return refuse(rejected(about, settings.rejectCode, '5.7.1', 'Access denied'), 'it always rejects')
})

export const deferAll: Maker = plain(({ settings }) => (_, about) => {
  return refuse(rejected(about, settings.deferCode, '4.3.2', 'Try again later'), 'it always defers')
})

export const deferIf = (kind: 'defer_if_permit' | 'defer_if_reject'): Maker =>
  plain(() => (_, about) => {
    return { kind, refusal: rejected(about, 450, '4.7.0', `${kind} requested`), because: 'it was requested' }
  })

/** Seconds; longer than any client waits for a reply would be a mistake (RFC 5321 §4.5.3.2.3). */
const maxSleep = 300

export const sleep: Maker = {
  argument: 'seconds',
  make(argument, { deps }) {
    const seconds = Number(argument)
    if (!/^\d+$/.test(argument) || seconds > maxSleep)
      throw new Misspelt(`"sleep ${argument}" needs whole seconds`, `at most ${maxSleep}`)
    const slept = dunno(`slept ${seconds} s`)
    return async (subject) => {
      await deps.clock.sleep(seconds * 1000, subject.signal)
      return slept
    }
  },
}

export const rejectPlaintextSession: Maker = plain(({ settings }) => (subject, about) => {
  if (subject.facts.session.tls !== null) return encrypted
  const text = 'Session encryption is required'
  return refuse(rejected(about, settings.plaintextRejectCode, '4.7.1', text), 'the session is not encrypted')
})

export const rejectUnauthPipelining: Maker = plain(() => (subject, about) => {
  if (subject.facts.session.illegalPipelining !== true) return inTurn
  const text = 'Improper use of SMTP command pipelining'
  return refuse(rejected(about, 503, '5.5.0', text), 'the client has sent commands ahead of time')
})

export const rejectMultiRecipientBounce: Maker = plain(({ settings }) => (subject, about) => {
  const count = subject.facts.recipientCount ?? 0
  if (subject.sender !== null || count < 2) return noBounce
  const refusal = rejected(about, settings.multiRecipientBounceRejectCode, '5.5.3', 'Multi-recipient bounce')
  return refuse(refusal, `null sender and ${count} recipients`)
})
