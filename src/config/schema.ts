// SPDX-License-Identifier: Apache-2.0
/** Every setting: type, default, unit and what it means. The checks, `postern config` and the reference come from here. */
import { fingerprintDigests } from '../core/session.ts'
import { delivery, domain, queue } from './custody.ts'
import {
  boolean,
  duration,
  integer,
  listOf,
  mapOf,
  oneOf,
  size,
  type TableOf,
  table,
  text,
  type Value,
  words,
} from './kinds.ts'
import { presets } from './presets.ts'
import { restrictionParameters } from './restriction-parameters.ts'
import { lists, policies, score } from './scoring.ts'

const listener = table('A socket on which Postern answers.', {
  role: oneOf(
    ['mx', 'submission', 'imap', 'http'],
    'mx',
    'What is spoken: mx (mail from strangers), submission (mail from our own users), imap, http (metrics and health).',
  ),
  address: text('', 'Address and port, such as "0.0.0.0:25" or "[::]:25".'),
  tls: oneOf(
    ['none', 'starttls', 'implicit'],
    'starttls',
    'none, starttls (the client may upgrade) or implicit (TLS from the first byte).',
  ),
  auth: boolean(
    false,
    'mx: offer AUTH once there is TLS, for lists with permit_sasl_authenticated. A submission listener always does.',
  ),
  client_certificates: oneOf(
    ['none', 'ask'],
    'none',
    'mx, submission: ask clients for a TLS certificate, for permit_tls_clientcerts and its like; nobody must have one.',
  ),
})

const restrictions = table('The restriction lists, in the words and with the meaning of Postfix.', {
  client: words([], 'About the client address and name.'),
  helo: words([], 'About the name given with HELO or EHLO.'),
  sender: words([], 'About the reverse-path (MAIL FROM).'),
  relay: words(
    ['permit_mynetworks', 'permit_sasl_authenticated', 'defer_unauth_destination'],
    'Who may send where: what keeps us from being an open relay.',
  ),
  recipient: words([], 'About the recipient (RCPT TO).'),
  data: words([], 'At DATA.'),
  end_of_data: words([], 'After the message, when its size is known.'),
  etrn: words([], 'At ETRN.'),
  classes: mapOf(
    'Named lists that stand for their restrictions (smtpd_restriction_classes).',
    words([], 'The restrictions of the class.'),
  ),
  parameters: restrictionParameters,
})

const submissionRestrictions = table(
  'Lists of the submission listeners, for users who have logged in and write under an address of theirs. Classes and parameters are those of [restrictions]; points count for nothing.',
  {
    client: words([], 'About the client address and name.'),
    helo: words([], 'About the name given with HELO or EHLO.'),
    sender: words([], 'About the reverse-path (MAIL FROM).'),
    relay: words([], 'Who may send where. Always ends with permit_sasl_authenticated, reject.'),
    recipient: words([], 'About the recipient (RCPT TO).'),
    data: words([], 'At DATA.'),
    end_of_data: words([], 'After the message, when its size is known.'),
  },
)

const rewriting = table('Recipients that stand for others, and addresses that are written anew.', {
  aliases: words([], 'Files in the form of aliases(5), for the domains of our own mailboxes.'),
  virtual_maps: words(
    [],
    'Tables of virtual(5): address, or "@domain" for all of it, to addresses. For every domain; asked before aliases.',
  ),
  sender_canonical_maps: words([], 'Tables of canonical(5) for the reverse-path.'),
  recipient_canonical_maps: words([], 'Tables of canonical(5) for recipients.'),
  expansion_limit: integer(1000, 1, 100_000, 'Recipients that one recipient may become.'),
  srs_domain: text(
    '',
    'Reverse-paths of mail that aliases send on to other hosts are rewritten into this domain (SRS), so that SPF still passes; empty: they are not.',
  ),
  srs_lifetime: duration('21d', 'How long bounces to such a reverse-path are taken.'),
})

export const schema = table('postern.toml', {
  preset: oneOf(
    ['', ...presets],
    '',
    'Settings to begin with: permissive, standard or strict (rules/NAME.toml). What this file says goes before them.',
  ),
  hostname: text('', 'Our name in the greeting, in Received and as authserv-id. Default: the name of the machine.'),
  data_dir: text(
    'postern-data',
    'Everything that changes at run time: mail, queue, quarantine, state, keys. A relative path is taken from the config file.',
  ),
  mynetworks: words(['127.0.0.0/8', '[::1]/128'], 'Networks whose clients may relay (permit_mynetworks).'),
  recipient_delimiter: text('+', 'Characters that begin an address extension (user+extension@domain).'),
  listeners: listOf('The sockets.', listener),
  domains: mapOf('The domains that we accept mail for.', domain),
  routes: mapOf(
    'Where mail for other domains goes. A name is a domain, ".example.org" all names below it, "*" every other domain.',
    text('', '"smtp://host[:port]", "lmtp://host:port", "mx://domain" or "pipe:program …".'),
  ),
  delivery,
  rewriting,
  restrictions,
  score,
  lists,
  policies,
  smtp: table('Limits and manners of the SMTP listeners.', {
    message_size_limit: size('50MB', 'The largest message taken (SIZE, RFC 1870).'),
    recipient_limit: integer(1000, 1, 100_000, 'Recipients of one message.'),
    connection_limit: integer(500, 1, 100_000, 'Connections at once on one listener.'),
    client_connection_limit: integer(
      50,
      1,
      100_000,
      'Connections at once from one client address; mynetworks are exempt.',
    ),
    error_limit: integer(20, 1, 10_000, 'Refused or unknown commands after which the connection is closed with 421.'),
    transaction_limit: integer(1000, 1, 1_000_000, 'Messages in one connection.'),
    timeout: duration('5m', 'How long we wait for the client (RFC 5321 §4.5.3.2.7).'),
    command_timeout: duration('60s', 'How long the restriction lists may take for one command.'),
    greet_wait: duration(
      '100ms',
      'How long strangers wait for the banner; who talks before it is turned away. Clients in mynetworks do not wait.',
    ),
    greet_ttl: duration(
      '1d',
      'How long a client that has waited for the banner need not wait again; 0s: it always waits.',
    ),
    bare_newlines: oneOf(
      ['normalize', 'reject'],
      'normalize',
      'What happens to a message with bare CR or LF: made CRLF (a bare CR becomes a space), or refused with 550 5.5.2.',
    ),
    delay_reject: boolean(true, 'Judge client, helo and sender at RCPT, as Postfix does by default.'),
    soft_bounce: boolean(false, 'Answer 4xx wherever 5xx is meant: for trying out a configuration.'),
    memory_budget: size('256MB', 'Bytes of messages under way at once; beyond it clients are told 452 4.3.1.'),
  }),
  submission: table('Mail from our own users.', {
    restrictions: submissionRestrictions,
    relayhost: text('', 'Where mail for other domains goes: "smtp://host[:port]"; empty: to the MX of each domain.'),
    sign: boolean(true, 'DKIM-sign with the keys of the From domain that are in data_dir/dkim.'),
    dkim_overlap: duration(
      '2d',
      'How long a new key waits while an older one signs: until then its DNS record is known everywhere.',
    ),
  }),
  tls: table('The certificate of all listeners.', {
    certificate: text('', 'PEM file, chain included. Default: one made at first start in data_dir/tls.'),
    key: text('', 'PEM file, readable by the service alone.'),
    client_ca: text(
      '',
      'PEM file of the authorities whose client certificates permit_tls_all_clientcerts trusts; empty: none.',
    ),
    fingerprint_digest: oneOf(
      fingerprintDigests,
      'sha256',
      'Digest of the fingerprints in relay_clientcerts and in the tables of check_ccert_access.',
    ),
  }),
  accounts: table('Our own users.', {
    postmaster: text('', 'The account that reads the mail for postmaster where no account has that address.'),
    remember_login: duration('30s', 'A password that was right is not derived again for this long; "0s": always.'),
  }),
  imap: table('Limits of the IMAP listeners.', {
    connection_limit: integer(500, 1, 100_000, 'Connections at once on one listener.'),
    allow_plaintext_auth: boolean(false, 'Let clients log in without TLS. Only for loopback.'),
  }),
  dns: table('Name lookups.', {
    servers: words([], 'Addresses of name servers; default: those of the system.'),
    timeout: duration('5s', 'How long one lookup may take.'),
    trust_ad: boolean(
      false,
      'Believe every name server that says an answer is validated (DNSSEC). Otherwise only those on loopback.',
    ),
    queries_per_transaction: integer(200, 1, 100_000, 'Lookups that one mail transaction may cost.'),
  }),
  msgauth: table('SPF, DKIM, DMARC and ARC.', {
    dmarc: oneOf(
      ['obey', 'score', 'off'],
      'obey',
      "obey: refuse or quarantine as the author's domain asks; score: only points; off: neither.",
    ),
    dmarc_domains: mapOf(
      'DMARC for mail of single author domains, in place of dmarc; ".example.org" for all names below it.',
      oneOf(['obey', 'score', 'off'], 'obey', 'As msgauth.dmarc.'),
    ),
    dmarc_exempt: words(
      [],
      'Forwarders and mailing lists whose mail gets points and no more for DMARC and SPF: client networks, or domains that are proven by reverse name, SPF or DKIM (".example.org" for all names below).',
    ),
    trusted_sealers: words([], 'Domains whose ARC seals we believe.'),
    arc_seal: text(
      '',
      'The domain in whose name, with its key in data_dir/dkim, we seal (ARC) what we forward; empty: we do not.',
    ),
    spf: oneOf(
      ['score', 'obey'],
      'score',
      'score: an SPF fail gives points; obey: it is refused with 550 5.7.23, whatever else speaks for the message.',
    ),
    received_spf: boolean(true, 'Add a Received-SPF field.'),
    bimi: boolean(false, "Look up the author's BIMI record and tell it in Authentication-Results."),
    dns_timeout: duration('8s', 'How long all lookups for one message may take; then what is missing is a temperror.'),
    dns_queries: integer(150, 1, 10_000, 'Lookups that one message may cost.'),
  }),
  rules: table('Content rules.', {
    paths: words([], 'Folders or .cf files read after our own rules/ folder; later ones win.'),
    builtin: boolean(true, "Read Postern's own rules."),
    network: boolean(
      true,
      'Ask the DNS lists that rules name (check_rbl, urirhssub and the like); without it such rules never hit, and the scores for use without network count.',
    ),
    dns_timeout: duration('6s', 'How long all lookups of the rules for one message may take.'),
    dns_queries: integer(250, 1, 10_000, 'Lookups that the rules may cost for one message.'),
  }),
  bayes: table('The classifier.', {
    enabled: boolean(true, 'Classify messages.'),
    model: text('', 'The model file. Default: data_dir/bayes.model, begun from the prior that Postern ships.'),
    learn: boolean(true, 'Learn while running: from mail that readers move into Junk or out of it.'),
    reach: oneOf(
      ['user', 'domain', 'all'],
      'all',
      "How far a reader's label reaches: the reader's own mail, the domain's as well, or everybody's.",
    ),
    automatic: boolean(
      false,
      'Learn without a person, where two independent signals agree that are not the classifier; never against a person.',
    ),
    automatic_per_sender: integer(5, 1, 1000, "Automatic lessons of one sender's domain in a day."),
  }),
  content: table('What the examination of one message may cost.', {
    workers: integer(
      0,
      0,
      256,
      'Worker threads; 0: one for each core but one, at most 8, and one that stands by where that is a single one.',
    ),
    deadline: duration('20s', 'Time for one message; after it the message is judged on the evidence that is there.'),
    when_incomplete: oneOf(
      ['deliver', 'defer'],
      'deliver',
      'What happens to a message that could not be examined whole: judged on what is known, or 451.',
    ),
  }),
  queue,
  quarantine: table('Held messages.', {
    lifetime: duration('30d', 'After this a held message is deleted.'),
  }),
  history: table('What became of each message and why, kept for `postern history`.', {
    enabled: boolean(true, 'Keep it.'),
    lifetime: duration('14d', 'After this it is deleted.'),
    day_limit: size('500MB', 'What one day may take; the rest of that day is not kept.'),
  }),
  log: table('The log, on standard output.', {
    level: oneOf(['debug', 'info', 'warn', 'error'], 'info', 'The least that is written.'),
    format: oneOf(['text', 'json'], 'text', 'One line for people, or one JSON object for programs.'),
  }),
})

export type Config = Value<typeof schema>
export type ListenerConfig = Config['listeners'][number]
export type DomainConfig = Config['domains'] extends ReadonlyMap<string, infer D> ? D : never
export type { TableOf }
