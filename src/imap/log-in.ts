// SPDX-License-Identifier: Apache-2.0
/** What LOGIN and AUTHENTICATE share: the question, and what its answer means (RFC 5530). */
import { capabilities, mayAuthenticate } from './capabilities.ts'
import { type Answer, no, ok, Refusal } from './refusal.ts'
import type { Talk } from './talk.ts'

const refusals = {
  bad: new Refusal('NO', 'wrong user name or password', 'AUTHENTICATIONFAILED'),
  throttled: new Refusal('NO', 'too many failed logins: try again later', 'LIMIT'),
  tempfail: new Refusal('NO', 'cannot check passwords now: try again later', 'UNAVAILABLE'),
}

/** RFC 3501 §6.2.3, §11.1: no password over a wire that others can read. */
export function demandPrivacy(talk: Talk): void {
  if (!mayAuthenticate(talk)) throw no('begin TLS before you log in', 'PRIVACYREQUIRED')
}

export async function logIn(talk: Talk, mechanism: string, username: string, password: string): Promise<Answer> {
  const { authenticate, meter, log, enter, limits } = talk.deps
  const outcome = await authenticate({ username, password, mechanism, ip: talk.ip })
  const result = 'account' in outcome ? 'ok' : outcome.refused
  meter.count('postern_imap_logins_total', { mechanism: mechanism.toLowerCase(), result })
  if ('refused' in outcome) {
    log.info('imap.login_refused', { ip: talk.ip, mechanism, because: outcome.refused })
    talk.failedLogins += 1
    talk.over = talk.failedLogins >= limits.failedLogins
    throw refusals[outcome.refused]
  }
  const leave = enter(outcome.account)
  if (leave === null) throw no('too many sessions of this account', 'LIMIT')
  talk.leave = leave
  talk.account = outcome.account
  log.info('imap.logged_in', { ip: talk.ip, account: outcome.account, mechanism, tls: talk.wire.tls })
  return ok('logged in', `CAPABILITY ${capabilities(talk)}`)
}
