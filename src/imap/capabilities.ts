// SPDX-License-Identifier: Apache-2.0
/** What is offered in which state (RFC 3501 §6.1.1). */
import type { Talk } from './talk.ts'

/** Passwords may cross the wire as it is now. */
export function mayAuthenticate(talk: Talk): boolean {
  return talk.wire.encrypted || talk.deps.allowPlaintextAuth
}

export function capabilities(talk: Talk): string {
  const always = ['IMAP4rev1', 'LITERAL+', 'SASL-IR', 'ID', 'ENABLE']
  if (talk.account === null) {
    const auth = mayAuthenticate(talk) ? ['AUTH=PLAIN', 'AUTH=LOGIN'] : ['LOGINDISABLED']
    return [...always, ...(talk.deps.offersTls && !talk.wire.encrypted ? ['STARTTLS'] : []), ...auth].join(' ')
  }
  return [
    ...always,
    'IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE LIST-EXTENDED LIST-STATUS STATUS=SIZE ESEARCH WITHIN',
    'BINARY',
    `APPENDLIMIT=${talk.deps.limits.appendBytes}`,
  ].join(' ')
}
