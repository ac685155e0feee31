// SPDX-License-Identifier: Apache-2.0
/** The reply about a DNS list, from the operator's template (default_rbl_reply, rbl_reply_maps). */
import type { Refusal, ReplyClass } from './refusal.ts'
import type { Subject } from './subject.ts'
import { splitDsn } from './wording.ts'

export interface RblFacts {
  readonly code: number
  readonly class: ReplyClass
  readonly what: string
  readonly domain: string
  /** The list's own words, from its TXT record; empty when it has none. */
  readonly reason: string
  readonly subject: Subject
}

/** Code units of a list's own words that are repeated. */
const maxReason = 300

/** "$name", "${name}", "${name?text if it is not empty}", "${name:text if it is}". */
export function expandRblReply(template: string, facts: RblFacts): Refusal {
  const values = valuesOf(facts)
  const value = (name: string): string => values[name] ?? ''
  const simple = (text: string): string =>
    text.replace(/\$(?:\{([a-z_]+)\}|\(([a-z_]+)\)|([a-z_]+))/g, (_, one, two, three) => value(one ?? two ?? three))
  const text = simple(
    template.replace(/\$\{([a-z_]+)([?:])([^{}]*)\}/g, (_, name: string, when: string, then: string) =>
      (value(name) !== '') === (when === '?') ? then : '',
    ),
  )
  const match = /^(\d{3})\s+(.*)$/s.exec(text)
  const code = match === null ? facts.code : Number(match[1])
  const split = splitDsn(match?.[2] ?? text, code < 500 ? '4.7.1' : '5.7.1')
  return { code, dsn: split.dsn, text: split.text, policy: true }
}

function valuesOf(facts: RblFacts): Readonly<Record<string, string>> {
  const { subject } = facts
  const address = subject.recipient
  return {
    client: `${subject.clientName}[${subject.ip}]`,
    client_address: subject.ip,
    client_name: subject.clientName,
    reverse_client_name: subject.reverseName,
    helo_name: subject.helo ?? '',
    rbl_class: facts.class,
    rbl_code: String(facts.code),
    rbl_domain: facts.domain,
    rbl_reason: facts.reason.slice(0, maxReason),
    rbl_txt: facts.reason.slice(0, maxReason),
    rbl_what: facts.what,
    recipient: subject.recipientText,
    recipient_domain: address?.domain ?? '',
    recipient_name: address?.localPart ?? '',
    sender: subject.senderText === '' ? '<>' : subject.senderText,
    sender_domain: subject.sender?.domain ?? '',
    sender_name: subject.sender?.localPart ?? '<>',
  }
}
