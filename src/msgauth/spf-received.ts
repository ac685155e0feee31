// SPDX-License-Identifier: Apache-2.0
/** The Received-SPF field (RFC 7208 §9.1). */
import type { SpfOutcome, SpfSubject } from './spf.ts'

/** dot-atom of RFC 5322 §3.2.3. */
const dotAtom = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/
/** A fold must leave every line under 998 octets (RFC 5322 §2.1.1); longer values are nobody's address. */
const maxValue = 320
const maxComment = 200

function value(text: string): string {
  const clean = text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxValue)
  return dotAtom.test(clean) ? clean : `"${clean.replace(/["\\]/g, '\\$&')}"`
}

function comment(text: string): string {
  return `(${text
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, maxComment)
    .replace(/[()\\]/g, '\\$&')})`
}

function story(outcome: SpfOutcome, subject: SpfSubject): string {
  const whose = outcome.identity === 'helo' ? subject.helo : `domain of ${subject.sender}`
  switch (outcome.result) {
    case 'pass':
      return `${whose} designates ${subject.ip} as permitted sender`
    case 'fail':
      return `${whose} does not designate ${subject.ip} as permitted sender`
    case 'softfail':
      return `${whose} discourages use of ${subject.ip} as permitted sender`
    case 'neutral':
      return `${whose} neither permits nor denies ${subject.ip}`
    case 'none':
      return `${whose} does not designate permitted sender hosts`
    default:
      return `error in processing during lookup of ${whose}`
  }
}

/** The value of the field, folded with CRLF and a tab; it stands above our Received field (§9.1). */
export function receivedSpf(outcome: SpfOutcome, subject: SpfSubject): string {
  const pairs = [
    ['client-ip', subject.ip],
    ['envelope-from', outcome.identity === 'helo' ? '' : subject.sender],
    ['helo', subject.helo],
    ['receiver', subject.hostname],
    ['identity', outcome.identity],
    ['mechanism', outcome.mechanism],
    ['problem', outcome.because],
  ] as const
  const written = pairs
    .filter(([key, text]) => text !== '' || key === 'envelope-from')
    .map(([key, text]) => `${key}=${value(text)}`)
  return `${outcome.result} ${comment(`${subject.hostname}: ${story(outcome, subject)}`)}\r\n\t${written.join(';\r\n\t')};`
}
