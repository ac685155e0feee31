// SPDX-License-Identifier: Apache-2.0
/** The settings of where mail goes and how it waits. */
import { boolean, duration, integer, mapOf, oneOf, oneOfOr, table, text, words } from './kinds.ts'

export const domain = table(
  'A domain that we accept mail for; ".example.org" stands for every name below example.org.',
  {
    deliver: text(
      'maildir:',
      'Where its mail goes: "maildir:" (our own mailboxes), "smtp://host[:port]", "lmtp://host:port", "lmtp:///path/to/socket" or "pipe:program …".',
    ),
    mode: oneOf(
      ['inline', 'queue'],
      'inline',
      "inline: the client's answer is the next hop's own answer, nothing is queued; queue: accept durably, then deliver.",
    ),
    when_down: oneOf(
      ['defer', 'queue'],
      'defer',
      'In-line only. defer: while the next hop cannot be reached, the client is told to try again later; queue: we accept the message durably and deliver it later.',
    ),
    recipients: oneOfOr(
      ['', 'accounts', 'verify', 'any'],
      'table:',
      '',
      'Who exists there: accounts (the default with maildir:), verify (ask the next hop; the default otherwise), any, or "table:hash:/path, …": whom one of the tables knows, by address or "@domain".',
    ),
    catch_all: text(
      '',
      'The address that gets the mail of all addresses that do not exist there; empty: it is refused.',
    ),
    dmarc: oneOf(
      ['', 'obey', 'score', 'off'],
      '',
      'DMARC for mail to this domain, in place of msgauth.dmarc; of several recipients the mildest counts.',
    ),
    tell_client: oneOf(
      ['none', 'xforward', 'xclient'],
      'none',
      'Whether the next hop is told who the client was: xforward (for its log) or xclient (it judges the client itself).',
    ),
  },
)

export const delivery = table('How mail leaves us.', {
  transport_maps: words(
    [],
    'Tables of routes by recipient address, domain, ".parent" or "*", asked before all else; "smtp:[host]:port" and the other forms of transport(5) are read too.',
  ),
  fallback_relay: words([], 'Routes tried, in this order, when the MX hosts of a domain are not found or not reached.'),
  credentials: words(
    [],
    'Tables of "user:password" by next hop ("host:port" or "host"). They are sent over TLS only, except to loopback.',
  ),
  tls: oneOf(
    ['none', 'may', 'encrypt', 'verify'],
    'may',
    'TLS to other hosts: none, may (where offered, unverified), encrypt (or not at all), verify (with a certificate that is valid for the host).',
  ),
  tls_policies: mapOf(
    'TLS for single destinations: the next hop\'s name or, for mail that goes by MX, the domain; ".example.org" for all names below it.',
    oneOf(['none', 'may', 'encrypt', 'verify'], 'may', 'As delivery.tls.'),
  ),
  mta_sts: boolean(
    false,
    'Obey the MTA-STS policies (RFC 8461) of destinations found by MX lookup: enforce means TLS with a certificate valid for an MX name that the policy lists, or deferral; testing only logs. delivery.tls_policies goes before.',
  ),
  tls_ca: text(
    '',
    'PEM file of the authorities that certificates are verified against; empty: those that Node.js brings.',
  ),
  connect_timeout: duration('30s', 'How long a next hop may take to answer a connection, to greet, and for TLS; each.'),
  command_timeout: duration('5m', 'How long it may take to answer a command (RFC 5321 §4.5.3.2).'),
  data_timeout: duration(
    '10m',
    'How long a message may be on its way to it, and how long its answer may take then; each.',
  ),
  inline_timeout: duration(
    '2m',
    'How long an in-line delivery may take, for its client waits; after it the client is told to try again later.',
  ),
  several_next_hops: oneOf(
    ['split', 'separate'],
    'split',
    "In-line mail for recipients with different next hops. split: handed to each, and whom one of them puts off is queued, whom it refuses is bounced or held; separate: the later recipients are told 452 and come in a transaction of their own, so that every answer is a next hop's own.",
  ),
  address_family: oneOf(
    ['any', 'ipv6', 'ipv4', 'ipv6_only', 'ipv4_only'],
    'any',
    'Which addresses of a host are tried first (any: in turn), or at all.',
  ),
  own_names: words([], 'Further names of this host: an MX record with one of them is ourselves.'),
  pipe: boolean(false, 'Let routes ("pipe:program …") and aliases ("|program …") name programs.'),
  pipe_user: text('nobody', 'The user that programs run as, where we run as root.'),
})

export const queue = table('Mail waiting for a next hop.', {
  lifetime: duration('5d', 'After this a message is returned to its sender.'),
  bounce_lifetime: duration('5d', 'The same for mail without a reverse-path, such as our notifications.'),
  warn_after: duration('4h', 'When the sender of mail from our users is told that it is late; "0s": never.'),
  notice_limit: integer(
    100,
    1,
    100_000,
    'Notifications that one sender gets in an hour; what fails beyond that is kept in the quarantine instead.',
  ),
  minimal_backoff: duration('300s', 'Wait after the first failure.'),
  maximal_backoff: duration('4000s', 'Longest wait between tries.'),
  concurrency: integer(20, 1, 1000, 'Deliveries at once to one destination.'),
  mailbox_first: boolean(
    true,
    'Mail for our own mailboxes is put there before the client is answered, with mode = "queue" as well; only what the mailbox does not take is queued. false: everything goes through the queue.',
  ),
})
