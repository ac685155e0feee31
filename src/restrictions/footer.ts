// SPDX-License-Identifier: Apache-2.0
/** smtpd_reject_footer: words of the operator's after every refusal, such as whom to call. */
import type { Reply } from '../core/reply.ts'
import type { Subject } from './subject.ts'

/** "\\c" at the start says that no new line begins; a reply of ours has one line in any case. */
const continues = /^\\c/

/** The reply with the footer, its $names put in: client_address, client_name, helo_name, sender, recipient, server_name. */
export function withFooter(reply: Reply, footer: string, subject: Subject, hostname: string): Reply {
  if (footer === '') return reply
  const values: Readonly<Record<string, string>> = {
    client: `${subject.clientName}[${subject.ip}]`,
    client_address: subject.ip,
    client_name: subject.clientName,
    client_port: String(subject.facts.session.client.port),
    helo_name: subject.helo ?? '',
    sender: subject.senderText,
    recipient: subject.recipientText,
    server_name: hostname,
  }
  const expanded = footer
    .replace(continues, '')
    .replace(/\$(?:\{([a-z_]+)\}|([a-z_]+))/g, (_, one?: string, two?: string) => values[one ?? two ?? ''] ?? '')
    // A second line, in Postfix's form, goes on in the same one.
    .replace(/\\n/g, ' ')
  const between = continues.test(footer) ? '' : '; '
  return { ...reply, text: `${reply.text}${between}${expanded}`.replace(/[^\x20-\x7e]/g, '?') }
}
