// SPDX-License-Identifier: Apache-2.0
/** Where the restriction lists answer otherwise than Postfix's, on purpose. The interoperability test allows no others. */

export interface Difference {
  readonly id: string
  readonly when: string
  readonly postfix: string
  readonly postern: string
  readonly because: string
  /** The comparison with a real Postfix meets it; otherwise it is only told. */
  readonly isMet: boolean
}

export const differences: readonly Difference[] = [
  {
    id: 'bare-sender',
    when: 'The reverse-path has no domain: `MAIL FROM:<user>`.',
    postfix: 'Takes it and adds `$myorigin`.',
    postern: '501 5.1.7',
    because: 'RFC 5321 §4.1.2 asks for a domain, and a guess would lend a stranger one of ours.',
    isMet: true,
  },
  {
    id: 'quoted-at',
    when: 'The local part is quoted and holds an "@": `<"user@elsewhere.example"@example.org>`.',
    postfix: 'Judges it; reject_unauth_destination refuses it with 554 5.7.1.',
    postern: '501 5.1.3, or 501 5.1.7 for a sender',
    because: 'Such addresses come from those who probe for open relays, and from nobody else.',
    isMet: true,
  },
  {
    id: 'lying-list',
    when: 'A DNS list without a filter answers something outside 127.0.0.0/8.',
    postfix: 'Takes the client for listed.',
    postern: 'Takes the answer for a lie.',
    because: 'RFC 5782 §2.1. Some resolvers answer every unknown name with the address of an advertisement.',
    isMet: true,
  },
  {
    id: 'refused-question',
    when: 'A DNS list without a filter answers with an address in 127.255.255.0/24.',
    postfix: 'Takes the client for listed.',
    postern: 'Takes the answer for what it means: the list does not answer us.',
    because: 'The lists that do so refuse the mail of the whole world to whoever asks them too often.',
    isMet: true,
  },
  {
    id: 'etrn-code',
    when: 'ETRN for a domain that is not served.',
    postfix: '459 without an enhanced code',
    postern: '459 4.7.0',
    because: 'RFC 2034 §4: whoever announces enhanced codes gives one with every refusal.',
    isMet: true,
  },
  {
    id: 'idle-policy-connection',
    when: 'A policy service has closed an idle connection.',
    postfix: 'Counts that as one of `smtpd_policy_service_try_limit` tries.',
    postern: 'Asks again over a new connection, and counts from there.',
    because: 'Nothing has failed that a client should hear of.',
    isMet: false,
  },
  {
    id: 'misconfigured',
    when: 'A list holds an unknown word, a table is missing, or the lists make an open relay.',
    postfix: 'Answers 451 4.3.5 to every client, or does not answer.',
    postern: '`postern check` says where; the gateway does not start.',
    because: 'A mistake should be told to who made it.',
    isMet: false,
  },
  {
    id: 'reject_unknown_forward_client_hostname',
    when: 'reject_unknown_forward_client_hostname',
    postfix: 'Is not built in.',
    postern: 'Has it.',
    because: 'It stands in the manuals of others.',
    isMet: false,
  },
  {
    id: 'unknown-relay-code',
    when: 'A domain of `mydestination` or `virtual_mailbox_domains` that is handed to another host.',
    postfix: 'Unknown recipients get `unknown_local_recipient_reject_code` or that of virtual mailboxes.',
    postern: '`unknown_relay_recipient_reject_code`',
    because: 'What is handed on is relayed. All three codes are 550 by default.',
    isMet: false,
  },
  {
    id: 'probes',
    when: 'reject_unverified_sender and reject_unverified_recipient ask another host.',
    postfix: 'As `double-bounce@$myhostname`, through its queue; accepts that address itself.',
    postern: 'As `<>`, over a connection of its own, while the client waits; no such address.',
    because: 'RFC 5321 §4.5.5: what must never be answered has the null reverse-path.',
    isMet: false,
  },
  {
    id: 'filter',
    when: 'An access table or a policy service answers FILTER with a transport of its own name, such as `spamfilter:dummy`.',
    postfix: 'Hands the message to that service of master.cf.',
    postern:
      'Knows smtp, relay and lmtp: `smtp:[127.0.0.1]:10025`. For any other the message is deferred with 451 4.3.5.',
    because: 'There is no master.cf that could say what the name means.',
    isMet: false,
  },
  {
    id: 'proxied-keys',
    when: 'Keys with capitals in a text table behind `proxy:`.',
    postfix: 'Are never found.',
    postern: 'Are found, as in every other text table.',
    because: 'Here nothing stands between the list and the table.',
    isMet: false,
  },
]
