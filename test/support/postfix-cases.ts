// SPDX-License-Identifier: Apache-2.0
/** What is asked of Postfix and of Postern: lists of restrictions, and for each the clients, names and addresses. */

export interface Dialogue {
  /** A name of clientAddresses. */
  readonly client: string
  readonly helo: string
  readonly verb: 'HELO' | 'EHLO'
  /** As it stands between "<" and ">". */
  readonly sender: string
  readonly recipients: readonly string[]
  /** How far it goes beyond the recipients. */
  readonly until: 'rcpt' | 'data' | 'end' | 'etrn'
  /** Commands that are sent in one piece with the greeting. */
  readonly pipelined: boolean
  /** Who logs in, after STARTTLS. */
  readonly login: string | null
}

export interface Case {
  readonly name: string
  /** Postfix parameters. */
  readonly settings: Readonly<Record<string, string>>
  readonly dialogues: readonly Dialogue[]
}

export const usual: Dialogue = {
  client: 'good',
  helo: 'mail.good.example',
  verb: 'EHLO',
  sender: 'ok@sender.example',
  recipients: ['ann@local.example'],
  until: 'rcpt',
  pipelined: false,
  login: null,
}

type Choice = { readonly [K in keyof Dialogue]?: readonly Dialogue[K][] }

/** Every combination of the choices; what is not chosen is as usual. */
export function product(choices: Choice): Dialogue[] {
  let found: Dialogue[] = [usual]
  for (const [key, values] of Object.entries(choices))
    found = found.flatMap((dialogue) => (values as readonly unknown[]).map((value) => ({ ...dialogue, [key]: value })))
  return found
}

const names = ['good', 'nameless', 'forged', 'nowhere', 'reverseFails', 'forwardFails', 'mine', 'six']
const helos = [
  'mail.good.example',
  'localhost',
  'nowhere.example',
  'servfail.example',
  'under_score.example',
  'nullmx.example',
  'mxonly.example',
  'aaaaonly.example',
  'txtonly.example',
  'mail.good.example.',
  '-bad.example',
  'bad..example',
  '192.0.2.10',
  '[192.0.2.10]',
  '[192.0.2.999]',
  '[IPv6:2001:db8::10]',
  '[2001:db8::10]',
  '12345',
  'a',
]
const senders = [
  'ok@sender.example',
  '',
  'user@nowhere.example',
  'user@servfail.example',
  'user@aonly.example',
  'user@aaaaonly.example',
  'user@txtonly.example',
  'user@nullmx.example',
  'user@alias.sender.example',
  'user@dangling.example',
  'user@mxnowhere.example',
  'user@localhost',
  'user@[192.0.2.10]',
  'ann@local.example',
  'nobody@local.example',
  'nobody@relay.example',
  'user',
]
const recipients = [
  'ann@local.example',
  'ann+tag@local.example',
  'nobody@local.example',
  'known@relay.example',
  'nobody@relay.example',
  'known@sub.relay.example',
  'user@remote.example',
  'user@nowhere.example',
  'user@nullmx.example',
  'user@servfail.example',
  'user@localhost',
  'user%remote.example@local.example',
  'remote.example!user@local.example',
  '"user@remote.example"@local.example',
  'user@[203.0.113.9]',
  'postmaster',
  'Postmaster@local.example',
  'Postmaster@relay.example',
].map((address) => [address])

const ours = { smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination' }
const client = (list: string, more = {}) => ({ smtpd_client_restrictions: list, ...ours, ...more })
const helo = (list: string, more = {}) => ({ smtpd_helo_restrictions: list, ...ours, ...more })
const sender = (list: string, more = {}) => ({ smtpd_sender_restrictions: list, ...ours, ...more })
const recipient = (list: string, more = {}) => ({ smtpd_recipient_restrictions: list, ...ours, ...more })
const at = (clients: readonly string[]) => product({ client: clients })
const from = (addresses: readonly string[]) => product({ sender: addresses })
const to = (addresses: readonly string[][]) => product({ recipients: addresses })

const everyAction = [
  ['ok', 'OK'],
  ['relay', 'RELAY'],
  ['number', '12345'],
  ['dunno', 'DUNNO'],
  ['reject', 'REJECT'],
  ['rejecttext', 'REJECT go away'],
  ['rejectdsn', 'REJECT 5.7.9 go away'],
  ['rejectdsn4', 'REJECT 4.7.9 go away'],
  ['rejectdsn1', 'REJECT 5.1.2 go away'],
  ['defer', 'DEFER'],
  ['defertext', 'DEFER 4.2.1 later'],
  ['code450', '450 later'],
  ['code451', '451 4.3.9 later'],
  ['code550', '550 never'],
  ['code554', '554 5.1.3 never'],
  ['code521', '521 hang up'],
  ['code421', '421 hang up'],
  ['code599', '599 odd'],
  ['bare550', '550'],
  ['bare450', '450'],
  ['deferifpermit', 'DEFER_IF_PERMIT'],
  ['deferifpermittext', 'DEFER_IF_PERMIT 4.7.8 if so'],
  ['deferifreject', 'DEFER_IF_REJECT'],
  ['warn', 'WARN careful'],
  ['info', 'INFO note'],
  ['hold', 'HOLD'],
  ['discard', 'DISCARD'],
  ['prepend', 'PREPEND X-Seen: yes'],
  ['list', 'reject_unknown_client_hostname, permit'],
  ['listreject', 'warn_if_reject reject, reject'],
  ['class', 'strict'],
  ['lower', 'reject'],
  ['nonsense', 'NO_SUCH_ACTION'],
] as const

function inline(entries: readonly (readonly [string, string])[]): string {
  return `inline:{ ${entries.map(([key, value]) => `{ ${key} = ${value} }`).join(', ')} }`
}

/** A "$" of a pattern is doubled where Postfix would expand it. */
function patterns(list: string): string {
  return list.replaceAll('$', '$$$$')
}

const classes = {
  smtpd_restriction_classes: 'strict',
  strict: 'reject_unknown_sender_domain, reject_non_fqdn_helo_hostname',
}
const actionTable = inline(everyAction.map(([key, value]) => [`${key}@sender.example`, value]))
const actionSenders = everyAction.map(([key]) => `${key}@sender.example`)

const clientTable = inline([
  ['good.client.example', 'REJECT by name'],
  ['.client.example', 'REJECT by dot'],
  ['bad.example', '550 5.7.2 by parent'],
  ['192.0.2.11', '551 by address'],
  ['192.0.2', '552 by network'],
  ['198', '553 by first octet'],
  ['2001:db8', '554 5.7.4 six'],
  ['unknown', '555 unknown name'],
])

const clientCases: readonly Case[] = [
  { name: 'reject_unknown_client_hostname', settings: client('reject_unknown_client_hostname'), dialogues: at(names) },
  {
    name: 'reject_unknown_reverse_client_hostname',
    settings: client('reject_unknown_reverse_client_hostname'),
    dialogues: at(names),
  },
  {
    name: 'unknown_client_reject_code',
    settings: client('reject_unknown_reverse_client_hostname, reject_unknown_client_hostname', {
      unknown_client_reject_code: '550',
    }),
    dialogues: at(names),
  },
  {
    name: 'permit_mynetworks, permit_inet_interfaces',
    settings: client('permit_mynetworks, permit_inet_interfaces, reject'),
    dialogues: at(['good', 'mine', 'self', 'six']),
  },
  {
    name: 'reject_rbl_client',
    settings: client('reject_rbl_client rbl.example'),
    dialogues: at(['good', 'listed', 'listed10', 'listedFar', 'six', 'mine']),
  },
  {
    name: 'reject_rbl_client with one answer',
    settings: client('reject_rbl_client rbl.example=127.0.0.2'),
    dialogues: at(['listed', 'listed10', 'listedFar']),
  },
  {
    name: 'reject_rbl_client with a range',
    settings: client('reject_rbl_client rbl.example=127.0.0.[2..9]', { maps_rbl_reject_code: '571' }),
    dialogues: at(['listed', 'listed10', 'listedFar']),
  },
  {
    name: 'reject_rbl_client with lists',
    settings: client('reject_rbl_client rbl.example=127.0.[0;1].[4;9..11]', {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are Postfix's
      default_rbl_reply: '$rbl_code 5.7.99 Blocked by $rbl_domain${rbl_reason?; $rbl_reason}',
    }),
    dialogues: at(['listed', 'listed10', 'listedFar']),
  },
  {
    name: 'rbl_reply_maps',
    settings: client('reject_rbl_client rbl.example', {
      rbl_reply_maps: 'inline:{ {rbl.example = 450 4.7.77 $$rbl_what is on $$rbl_domain} }',
    }),
    dialogues: at(['good', 'listed']),
  },
  {
    name: 'DNS lists in trouble',
    settings: client(
      'reject_rbl_client failing.example, reject_rbl_client lying.example, reject_rbl_client garbled.example, reject_rbl_client overworked.example',
    ),
    dialogues: at(['good', 'listed', 'network']),
  },
  {
    name: 'a DNS list that is silent',
    settings: client('reject_rbl_client silent.example, reject_rbl_client rbl.example'),
    dialogues: at(['good', 'listed']),
  },
  {
    name: 'permit_dnswl_client',
    settings: recipient('permit_dnswl_client welcome.example, reject'),
    dialogues: product({ client: ['good', 'welcome'], recipients: [['ann@local.example'], ['user@remote.example']] }),
  },
  {
    name: 'permit_dnswl_client before reject_unauth_destination',
    settings: {
      smtpd_relay_restrictions: 'permit_dnswl_client welcome.example, reject_unauth_destination',
      smtpd_recipient_restrictions: '',
    },
    dialogues: product({ client: ['good', 'welcome'], recipients: [['ann@local.example'], ['user@remote.example']] }),
  },
  {
    name: 'permit_dnswl_client that fails',
    settings: recipient('permit_dnswl_client failing.example, reject'),
    dialogues: at(['good', 'welcome', 'network']),
  },
  {
    name: 'permit_rhswl_client',
    settings: recipient('permit_rhswl_client welcome.example, reject'),
    dialogues: at(['good', 'welcome', 'forged']),
  },
  {
    name: 'check_client_access',
    settings: client(`check_client_access ${clientTable}`),
    dialogues: at([...names, 'listed', 'network']),
  },
  {
    name: 'check_client_access with .parent keys',
    settings: client(`check_client_access ${clientTable}`, { parent_domain_matches_subdomains: '' }),
    dialogues: at([...names, 'listed', 'network']),
  },
  {
    name: 'check_client_access by cidr',
    settings: client(
      'check_client_access cidr:{ {192.0.2.0/28 550 5.7.5 low}, {!192.0.2.0/24 551 not ours}, {2001:db8::/32 552 six} }',
    ),
    dialogues: at(['good', 'listed', 'network', 'mine', 'six']),
  },
  {
    name: 'check_client_access by patterns',
    settings: client(
      patterns(
        'check_client_access regexp:{ {/^([a-z]+)[.]client[.]example$/ 550 5.7.6 no $1}, {!/[.]/ 551 no dot}, {if /198/}, {/7$/ REJECT seven}, {endif} }',
      ),
    ),
    dialogues: at(['good', 'nameless', 'network', 'listed', 'six']),
  },
  {
    name: 'check_client_access by regexp',
    settings: client(
      patterns('check_client_access regexp:{ {/^GOOD[.]/ 550 5.7.6 folded}, {/^192[.]0[.]2[.]1(.)$/ 551 no $1} }'),
    ),
    dialogues: at(['good', 'nameless', 'network']),
  },
  {
    name: 'check_reverse_client_hostname_access',
    settings: client(
      `check_reverse_client_hostname_access ${inline([
        ['forged.client.example', 'REJECT'],
        ['client.example', '550 parent'],
        ['unknown', '551 none'],
      ])}`,
    ),
    dialogues: at(names),
  },
  {
    name: 'check_reverse_client_hostname_access does not permit',
    settings: client(`check_reverse_client_hostname_access ${inline([['client.example', 'OK']])}`),
    dialogues: at(['good', 'forged', 'nameless']),
  },
  {
    name: 'check_client_mx_access, check_client_ns_access',
    settings: client(
      `check_client_mx_access ${inline([
        ['203.0.113.5', '550 mx'],
        ['192.0.2', '551 itself'],
      ])}, check_client_ns_access ${inline([['ns.client.example', '552 ns']])}`,
    ),
    dialogues: at([...names, 'listed', 'welcome']),
  },
  {
    name: 'check_client_a_access',
    settings: client(
      `check_client_a_access ${inline([
        ['192.0.2.10', '550 address'],
        ['friend.client.example', '551 name'],
        ['client.example', '553 parent'],
      ])}`,
    ),
    dialogues: at(['good', 'welcome', 'nameless', 'forged']),
  },
  {
    name: 'check_reverse_client_hostname_{a,mx,ns}_access',
    settings: client(
      `check_reverse_client_hostname_a_access ${inline([['192.0.2.12', '550 a']])}, ` +
        `check_reverse_client_hostname_mx_access ${inline([['mx.client.example', '551 mx']])}, ` +
        `check_reverse_client_hostname_ns_access ${inline([['client.example', '552 ns']])}`,
    ),
    dialogues: at(names),
  },
  {
    name: 'the client list at connect time',
    settings: client('reject_unknown_client_hostname, reject_rbl_client rbl.example', { smtpd_delay_reject: 'no' }),
    dialogues: at(['good', 'nameless', 'listed', 'reverseFails']),
  },
  {
    name: 'reject_rhsbl_*',
    settings: client(
      'reject_rhsbl_client rhsbl.example, reject_rhsbl_reverse_client rhsbl.example, reject_rhsbl_helo rhsbl.example',
      {
        smtpd_sender_restrictions: 'reject_rhsbl_sender rhsbl.example',
        smtpd_recipient_restrictions: 'reject_rhsbl_recipient rhsbl.example=127.0.0.5',
      },
    ),
    dialogues: [
      ...at(['good', 'listed', 'forged', 'nameless']),
      ...product({ helo: ['helo.bad.example', '[192.0.2.1]', 'bad'] }),
      ...from(['user@bad.example', '', 'user@[192.0.2.1]']),
      ...to([['known@relay.example'], ['ann@local.example']]),
    ],
  },
]

const heloCases: readonly Case[] = [
  {
    name: 'reject_invalid_helo_hostname',
    settings: helo('reject_invalid_helo_hostname'),
    dialogues: product({ helo: helos }),
  },
  {
    name: 'reject_non_fqdn_helo_hostname',
    settings: helo('reject_non_fqdn_helo_hostname'),
    dialogues: product({ helo: helos }),
  },
  {
    name: 'reject_unknown_helo_hostname',
    settings: helo('reject_unknown_helo_hostname'),
    dialogues: product({ helo: helos }),
  },
  {
    name: 'reject_unknown_helo_hostname, strict codes',
    settings: helo('reject_unknown_helo_hostname', {
      unknown_hostname_reject_code: '550',
      unknown_helo_hostname_tempfail_action: 'defer',
    }),
    dialogues: product({ helo: ['nowhere.example', 'servfail.example', 'mail.good.example'], verb: ['HELO', 'EHLO'] }),
  },
  {
    name: 'HELO lists at once',
    settings: helo('reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, reject_unknown_helo_hostname', {
      smtpd_delay_reject: 'no',
      invalid_hostname_reject_code: '550',
      non_fqdn_reject_code: '551',
    }),
    dialogues: product({ helo: helos.slice(0, 12), verb: ['HELO'] }),
  },
  {
    name: 'check_helo_access',
    settings: helo(
      `check_helo_access ${inline([
        ['localhost', 'REJECT'],
        ['good.example', '550 5.7.3 parent'],
        ['[192.0.2.10]', '551 literal'],
        ['192.0.2.10', '552 bare'],
        ['nullmx.example', 'OK'],
      ])}, reject_unknown_helo_hostname`,
    ),
    dialogues: product({ helo: helos }),
  },
  {
    name: 'check_helo_{a,mx,ns}_access',
    settings: helo(
      `check_helo_a_access ${inline([
        ['192.0.2.10', '550 a'],
        ['203.0.113', '554 a net'],
      ])}, ` +
        `check_helo_mx_access ${inline([
          ['mx.sender.example', '551 mx'],
          ['2001:db8', '555 six'],
        ])}, ` +
        `check_helo_ns_access ${inline([['ns.bad.example', '552 ns']])}`,
    ),
    dialogues: product({ helo: [...helos, 'www.nsbad.example', 'helo.bad.example', '[203.0.113.9]'] }),
  },
]

const senderCases: readonly Case[] = [
  { name: 'reject_non_fqdn_sender', settings: sender('reject_non_fqdn_sender'), dialogues: from(senders) },
  { name: 'reject_unknown_sender_domain', settings: sender('reject_unknown_sender_domain'), dialogues: from(senders) },
  {
    name: 'reject_unknown_sender_domain, strict codes',
    settings: sender('reject_unknown_sender_domain', {
      unknown_address_reject_code: '550',
      unknown_address_tempfail_action: 'defer',
    }),
    dialogues: from(senders.slice(0, 10)),
  },
  {
    name: 'DNS that is silent or lies',
    settings: sender('reject_unknown_sender_domain', { smtpd_helo_restrictions: 'reject_unknown_helo_hostname' }),
    dialogues: [
      ...from(['user@timeout.example', 'user@lie.example']),
      ...product({ helo: ['timeout.example', 'lie.example'] }),
    ],
  },
  { name: 'reject_unlisted_sender', settings: sender('reject_unlisted_sender'), dialogues: from(senders) },
  {
    name: 'smtpd_reject_unlisted_sender',
    settings: sender('', { smtpd_reject_unlisted_sender: 'yes', unknown_local_recipient_reject_code: '551' }),
    dialogues: from(senders),
  },
  {
    name: 'check_sender_access, every action',
    settings: { ...sender(`check_sender_access ${actionTable}`), ...classes },
    dialogues: [
      ...from(actionSenders),
      ...product({
        sender: ['list@sender.example', 'ok@sender.example', 'deferifpermit@sender.example'],
        client: ['nameless'],
      }),
    ],
  },
  {
    name: 'check_sender_access before a refusal, every action',
    settings: { ...sender(`check_sender_access ${actionTable}, reject`), ...classes },
    dialogues: from(actionSenders),
  },
  {
    name: 'check_sender_access in the recipient list, every action',
    settings: {
      ...recipient(
        `check_sender_access ${actionTable}, check_recipient_access ${inline([['ann@local.example', '550 end']])}`,
      ),
      ...classes,
    },
    dialogues: from(actionSenders),
  },
  {
    name: 'check_sender_access, keys',
    settings: sender(
      `check_sender_access ${inline([
        ['user+tag@sender.example', '550 whole'],
        ['plain@sender.example', '551 without tag'],
        ['bad.example', '552 domain'],
        ['anyone@', '553 local part'],
        ['<>', '554 5.7.4 null'],
        ['[192.0.2.10]', '555 literal'],
        ['aonly.example', 'OK'],
      ])}, reject_unknown_sender_domain`,
    ),
    dialogues: from([
      'user+tag@sender.example',
      'user@sender.example',
      'plain+x@sender.example',
      'PLAIN@Sender.Example',
      'a@bad.example',
      'a@sub.bad.example',
      'anyone@nowhere.example',
      'anyone+x@aonly.example',
      '',
      'a@[192.0.2.10]',
      'a@aonly.example',
      'a@nowhere.example',
      'anyone',
    ]),
  },
  {
    name: 'check_sender_access, codes and key of the null sender',
    settings: sender(
      `check_sender_access ${inline([
        ['nobody', 'REJECT'],
        ['sender.example', 'DEFER'],
        ['bad.example', 'REJECT 5.7.3 x'],
      ])}`,
      {
        smtpd_null_access_lookup_key: 'nobody',
        access_map_reject_code: '571',
        access_map_defer_code: '471',
      },
    ),
    dialogues: from(['', 'ok@sender.example', 'a@bad.example']),
  },
  {
    name: 'check_sender_access by patterns',
    settings: sender(
      patterns(
        'check_sender_access regexp:{ {/^(.+)[+](.+)@/ 550 5.7.6 $2 of $1}, {/^<>$/ 551 null}, {/BAD/ 552 folded} }, check_sender_access regexp:{ {/^$/ 553 empty}, {/sender[.]example$/ DUNNO}, {/nowhere/ DISCARD} }',
      ),
    ),
    dialogues: from(['user+tag@sender.example', '', 'a@bad.example', 'a@nowhere.example', 'ok@sender.example']),
  },
  {
    name: 'check_sender_{a,mx,ns}_access',
    settings: sender(
      `check_sender_a_access ${inline([['203.0.113.40', '550 a']])}, ` +
        `check_sender_mx_access ${inline([
          ['mx.sender.example', '551 5.1.8 mx'],
          ['203.0.113.30', '553 address'],
          ['2001:db8', '554 5.7.4 six'],
        ])}, ` +
        `check_sender_ns_access ${inline([['ns.bad.example', '552 ns']])}`,
    ),
    dialogues: from([
      ...senders,
      'a@bad.example',
      'a@sub.bad.example',
      'a@nsbad.example',
      'a@www.nsbad.example',
      'a@[203.0.113.40]',
      'a@sub.sender.example',
    ]),
  },
  {
    name: 'check_sender_mx_access does not permit',
    settings: sender(
      `check_sender_mx_access ${inline([
        ['mx.sender.example', 'OK'],
        ['mx.bad.example', 'DUNNO'],
      ])}`,
    ),
    dialogues: from(['ok@sender.example', 'a@bad.example']),
  },
  {
    name: 'tables in files',
    settings: sender(
      'check_client_access cidr:$config_directory/clients.cidr, check_sender_access texthash:$config_directory/senders, check_sender_access regexp:$config_directory/senders.regexp',
    ),
    dialogues: [
      ...at(['good', 'nameless', 'network', 'listed', 'six', 'mine']),
      ...from([
        'A@Bad.Example',
        'a@sub.bad.example',
        'b@sender.example',
        'seven7@sender.example',
        'x7@nowhere.example',
        '',
      ]),
    ],
  },
  {
    name: 'sender lists at MAIL',
    settings: sender(`reject_non_fqdn_sender, reject_unknown_sender_domain, check_sender_access ${actionTable}`, {
      smtpd_delay_reject: 'no',
      ...classes,
    }),
    dialogues: from([...senders.slice(0, 8), ...actionSenders]),
  },
  {
    name: 'owners, for strangers',
    settings: sender('reject_unauthenticated_sender_login_mismatch', loginSettings()),
    dialogues: from(['owned@sender.example', 'ok@sender.example', '', 'x@owned.example', 'owned+x@sender.example']),
  },
  {
    name: 'known owners, for strangers',
    settings: sender('reject_known_sender_login_mismatch, reject_sender_login_mismatch', loginSettings()),
    dialogues: from(['owned@sender.example', 'ok@sender.example', '']),
  },
]

function loginSettings(): Record<string, string> {
  return {
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: '$config_directory/server.pem',
    smtpd_tls_key_file: '$config_directory/server.key',
    smtpd_sasl_auth_enable: 'yes',
    smtpd_sasl_type: 'dovecot',
    smtpd_sasl_path: 'inet:127.0.0.1:10024',
    smtpd_sender_login_maps: 'inline:{ {owned@sender.example = ann, bob}, {@owned.example = ann} }',
  }
}

const logins = [null, 'ann', 'eve']
const loginCases: readonly Case[] = [
  {
    name: 'permit_sasl_authenticated',
    settings: {
      smtpd_relay_restrictions: 'permit_sasl_authenticated, reject_unauth_destination',
      smtpd_client_restrictions: 'permit_sasl_authenticated, reject_plaintext_session',
      ...loginSettings(),
    },
    dialogues: product({ login: logins, recipients: [['ann@local.example'], ['a@remote.example']] }),
  },
  {
    name: 'check_sasl_access',
    settings: sender(
      `check_sasl_access ${inline([
        ['eve', 'REJECT 5.7.3 not eve'],
        ['ann', 'OK'],
      ])}`,
      loginSettings(),
    ),
    dialogues: product({ login: logins }),
  },
  ...[
    'reject_sender_login_mismatch',
    'reject_authenticated_sender_login_mismatch',
    'reject_unauthenticated_sender_login_mismatch',
    'reject_known_sender_login_mismatch',
  ].map((name) => ({
    name,
    settings: sender(name, loginSettings()),
    dialogues: product({ login: logins, sender: ['owned@sender.example', 'ok@sender.example', ''] }),
  })),
]

const recipientCases: readonly Case[] = [
  {
    name: 'reject_unauth_destination',
    settings: { smtpd_relay_restrictions: 'reject_unauth_destination' },
    dialogues: to(recipients),
  },
  {
    name: 'defer_unauth_destination',
    settings: { smtpd_relay_restrictions: 'permit_mynetworks, defer_unauth_destination' },
    dialogues: product({ client: ['good', 'mine'], recipients: recipients.slice(0, 9) }),
  },
  {
    name: 'permit_auth_destination',
    settings: { smtpd_relay_restrictions: 'permit_auth_destination, reject', relay_domains_reject_code: '571' },
    dialogues: to(recipients),
  },
  {
    name: 'relay_domains_reject_code',
    settings: { smtpd_relay_restrictions: 'reject_unauth_destination', relay_domains_reject_code: '571' },
    dialogues: to(recipients.slice(0, 8)),
  },
  {
    name: 'the relay guard in the recipient list',
    settings: {
      smtpd_relay_restrictions: '',
      smtpd_recipient_restrictions: 'reject_unlisted_recipient, permit_mynetworks, reject_unauth_destination',
    },
    dialogues: product({ client: ['good', 'mine'], recipients: recipients.slice(0, 8) }),
  },
  {
    name: 'recipient list before relay list',
    settings: recipient('reject_unknown_recipient_domain', { smtpd_relay_before_recipient_restrictions: 'no' }),
    dialogues: to(recipients),
  },
  {
    name: 'reject_non_fqdn_recipient',
    settings: recipient('reject_non_fqdn_recipient', { non_fqdn_reject_code: '551' }),
    dialogues: to(recipients),
  },
  {
    name: 'reject_unknown_recipient_domain',
    settings: { smtpd_relay_restrictions: 'reject_unknown_recipient_domain, reject_unauth_destination' },
    dialogues: to(recipients),
  },
  {
    name: 'reject_unlisted_recipient',
    settings: recipient('reject_unlisted_recipient, reject', {
      unknown_local_recipient_reject_code: '450',
      unknown_relay_recipient_reject_code: '551',
    }),
    dialogues: to(recipients.slice(0, 8)),
  },
  {
    name: 'smtpd_reject_unlisted_recipient = no',
    settings: recipient('', { smtpd_reject_unlisted_recipient: 'no' }),
    dialogues: to(recipients.slice(0, 8)),
  },
  {
    name: 'permit_mx_backup',
    settings: { smtpd_relay_restrictions: 'permit_mx_backup, reject_unauth_destination' },
    dialogues: to([
      ['a@backup.example'],
      ['a@backup2.example'],
      ['a@primary.example'],
      ['a@remote.example'],
      ['ann@local.example'],
      ['a@servfail.example'],
      ['a@nowhere.example'],
      ['a%remote.example@backup.example'],
    ]),
  },
  {
    name: 'permit_mx_backup_networks',
    settings: {
      smtpd_relay_restrictions: 'permit_mx_backup, reject_unauth_destination',
      permit_mx_backup_networks: '203.0.113.16/29',
    },
    dialogues: to([['a@backup.example'], ['a@backup2.example'], ['a@primary.example']]),
  },
  {
    name: 'check_recipient_access',
    settings: recipient(
      `check_recipient_access ${inline([
        ['ann@local.example', '550 5.1.1 whole'],
        ['relay.example', '551 5.1.7 domain'],
        ['bob@', '552 5.1.8 local part'],
        ['postmaster@', '553 postmaster'],
      ])}`,
    ),
    dialogues: to([...recipients.slice(0, 7), ['bob@local.example'], ['Postmaster@local.example'], ['postmaster']]),
  },
  {
    name: 'check_recipient_{a,mx,ns}_access',
    settings: {
      smtpd_relay_restrictions: `check_recipient_mx_access ${inline([
        ['mx.bad.example', '550 mx'],
        ['192.0.2.25', '551 ours'],
      ])}, check_recipient_ns_access ${inline([['ns.bad.example', '552 ns']])}, check_recipient_a_access ${inline([['203.0.113.40', '553 a']])}, reject_unauth_destination`,
    },
    dialogues: to([
      ['ann@local.example'],
      ['a@backup2.example'],
      ['a@nsbad.example'],
      ['a@aonly.example'],
      ['a@remote.example'],
      ['a@nowhere.example'],
      ['a@servfail.example'],
    ]),
  },
  {
    name: 'several recipients',
    settings: recipient(`check_recipient_access ${inline([['bob@local.example', 'REJECT']])}`),
    dialogues: to([
      [
        'ann@local.example',
        'bob@local.example',
        'nobody@local.example',
        'a@remote.example',
        'known@relay.example',
        'ann@local.example',
      ],
    ]),
  },
]

const algebraCases: readonly Case[] = [
  {
    name: 'permit',
    settings: { smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination, permit, reject' },
    dialogues: product({ client: ['good', 'mine'], recipients: [['ann@local.example'], ['a@remote.example']] }),
  },
  {
    name: 'reject at connect',
    settings: client('permit_mynetworks, reject', { smtpd_delay_reject: 'no', reject_code: '521' }),
    dialogues: at(['good', 'mine']),
  },
  {
    name: 'defer',
    settings: sender('permit_mynetworks, defer', { defer_code: '452' }),
    dialogues: at(['good', 'mine']),
  },
  {
    name: 'defer_if_permit',
    settings: sender('defer_if_permit, reject_unknown_sender_domain'),
    dialogues: product({
      sender: ['ok@sender.example', 'a@nowhere.example', 'a@nullmx.example'],
      recipients: [['ann@local.example'], ['nobody@local.example'], ['a@remote.example']],
    }),
  },
  {
    name: 'defer_if_reject',
    settings: sender('defer_if_reject, reject_unknown_sender_domain'),
    dialogues: product({
      sender: ['ok@sender.example', 'a@nowhere.example', 'a@nullmx.example'],
      recipients: [['ann@local.example'], ['nobody@local.example'], ['a@remote.example']],
    }),
  },
  {
    name: 'defer_if_reject in the recipient list',
    settings: recipient('defer_if_reject, reject_unlisted_recipient'),
    dialogues: to([['ann@local.example'], ['nobody@local.example'], ['a@remote.example']]),
  },
  {
    name: 'both doubts',
    settings: recipient('defer_if_permit, defer_if_reject, reject'),
    dialogues: to([['ann@local.example'], ['nobody@local.example']]),
  },
  {
    name: 'a doubt about DNS, then a refusal',
    settings: sender('reject_unknown_sender_domain', {
      smtpd_recipient_restrictions: 'reject_unknown_recipient_domain, reject_unlisted_recipient',
    }),
    dialogues: product({
      sender: ['a@servfail.example', 'ok@sender.example'],
      recipients: [['ann@local.example'], ['nobody@local.example'], ['a@remote.example']],
    }),
  },
  {
    name: 'doubts at their own command',
    settings: sender('defer_if_permit', {
      smtpd_delay_reject: 'no',
      smtpd_client_restrictions: 'reject_unknown_client_hostname',
      smtpd_helo_restrictions: 'defer_if_reject',
    }),
    dialogues: product({
      client: ['good', 'forwardFails'],
      recipients: [['ann@local.example'], ['nobody@local.example'], ['a@remote.example']],
    }),
  },
  {
    name: 'warn_if_reject',
    settings: client(
      'warn_if_reject reject_unknown_client_hostname, warn_if_reject reject_unknown_reverse_client_hostname, reject_rbl_client rbl.example',
    ),
    dialogues: at([...names, 'listed']),
  },
  {
    name: 'warn_if_reject covers one',
    settings: sender('warn_if_reject reject_non_fqdn_sender, reject_unknown_sender_domain'),
    dialogues: from(['user@localhost', 'a@nowhere.example', 'a@servfail.example']),
  },
  {
    name: 'warn_if_reject and doubts',
    settings: sender(
      'warn_if_reject reject_unknown_sender_domain, warn_if_reject defer_if_permit, warn_if_reject defer_if_reject',
    ),
    dialogues: product({
      sender: ['a@servfail.example', 'ok@sender.example'],
      recipients: [['ann@local.example'], ['nobody@local.example']],
    }),
  },
  {
    name: 'warn_if_reject and tables',
    settings: { ...sender(`warn_if_reject check_sender_access ${actionTable}`), ...classes },
    dialogues: from([
      'reject@sender.example',
      'code550@sender.example',
      'class@sender.example',
      'listreject@sender.example',
      'ok@sender.example',
      'nonsense@sender.example',
    ]),
  },
  {
    name: 'classes',
    settings: recipient(
      `check_sender_access ${inline([
        ['sender.example', 'lax'],
        ['bad.example', 'strict'],
        ['nowhere.example', 'strict, permit'],
      ])}`,
      {
        smtpd_restriction_classes: 'lax, strict',
        lax: 'permit',
        strict: 'reject_rbl_client rbl.example, reject_unknown_sender_domain, lax',
      },
    ),
    dialogues: product({
      client: ['good', 'listed'],
      sender: ['ok@sender.example', 'a@bad.example', 'a@nowhere.example', 'a@aonly.example'],
    }),
  },
  {
    name: 'a class by name, in any list',
    settings: client('strict', {
      smtpd_restriction_classes: 'strict, inner',
      strict: 'inner, reject_unknown_reverse_client_hostname',
      inner: 'permit_mynetworks, reject_rbl_client rbl.example',
    }),
    dialogues: at(['good', 'mine', 'listed', 'nameless']),
  },
  {
    name: 'an OK in one list does not skip the next',
    settings: client('permit', {
      smtpd_helo_restrictions: 'permit',
      smtpd_sender_restrictions: 'reject_unknown_sender_domain',
    }),
    dialogues: from(['ok@sender.example', 'a@nowhere.example']),
  },
  {
    name: 'soft_bounce',
    settings: {
      ...sender('reject_unknown_sender_domain, reject_non_fqdn_sender'),
      soft_bounce: 'yes',
      unknown_address_reject_code: '550',
    },
    dialogues: product({
      sender: ['ok@sender.example', 'a@nowhere.example', 'a@nullmx.example', 'user'],
      recipients: [['ann@local.example'], ['nobody@local.example'], ['a@remote.example']],
    }),
  },
  {
    name: 'restrictions of later commands in earlier lists',
    settings: client('reject_unknown_sender_domain, reject_unlisted_recipient', { smtpd_delay_reject: 'no' }),
    dialogues: product({ sender: ['a@nowhere.example'], recipients: [['nobody@local.example']] }),
  },
  {
    name: 'bare tables',
    settings: {
      smtpd_client_restrictions: inline([['good.client.example', 'REJECT']]),
      smtpd_helo_restrictions: inline([['localhost', '550 helo']]),
      smtpd_sender_restrictions: inline([['bad.example', '551 sender']]),
      smtpd_recipient_restrictions: inline([['bob@local.example', '552 recipient']]),
      ...ours,
    },
    dialogues: [
      ...at(['good', 'nameless']),
      ...product({
        client: ['nameless'],
        helo: ['localhost', 'x.example'],
        sender: ['a@bad.example', 'ok@sender.example'],
        recipients: [['ann@local.example'], ['bob@local.example']],
      }),
    ],
  },
]

const laterCases: readonly Case[] = [
  {
    name: 'reject_plaintext_session',
    settings: sender('reject_plaintext_session', { plaintext_reject_code: '530' }),
    dialogues: [usual],
  },
  {
    name: 'reject_multi_recipient_bounce',
    settings: {
      ...ours,
      smtpd_data_restrictions: 'reject_multi_recipient_bounce',
      multi_recipient_bounce_reject_code: '551',
    },
    dialogues: product({
      sender: ['', 'ok@sender.example'],
      recipients: [['ann@local.example'], ['ann@local.example', 'bob@local.example']],
      until: ['data'],
    }),
  },
  {
    name: 'reject_unauth_pipelining',
    settings: { ...ours, smtpd_data_restrictions: 'reject_unauth_pipelining' },
    dialogues: product({ verb: ['HELO', 'EHLO'], pipelined: [false, true], until: ['data'] }),
  },
  {
    name: 'the data list',
    settings: {
      ...ours,
      smtpd_data_restrictions: `check_recipient_access ${inline([['bob@local.example', 'REJECT']])}, check_sender_access ${inline([['bad.example', '550 at data']])}, check_client_access ${inline([['192.0.2.11', 'DEFER']])}`,
    },
    dialogues: product({
      client: ['good', 'nameless'],
      sender: ['ok@sender.example', 'a@bad.example'],
      recipients: [['ann@local.example'], ['bob@local.example'], ['ann@local.example', 'bob@local.example']],
      until: ['data'],
    }),
  },
  {
    name: 'reject, defer and doubts at DATA',
    settings: { ...ours, smtpd_data_restrictions: 'permit_mynetworks, defer_if_permit' },
    dialogues: product({ client: ['good', 'mine'], until: ['data'] }),
  },
  {
    name: 'reject at DATA',
    settings: { ...ours, smtpd_data_restrictions: 'permit_mynetworks, reject' },
    dialogues: product({ client: ['good', 'mine'], until: ['data'] }),
  },
  {
    name: 'the end of data list',
    settings: {
      ...ours,
      smtpd_end_of_data_restrictions: `check_sender_access ${inline([
        ['bad.example', '550 5.1.8 at the end'],
        ['aonly.example', 'DISCARD'],
        ['nsbad.example', 'DEFER'],
      ])}`,
    },
    dialogues: product({
      sender: ['ok@sender.example', 'a@bad.example', 'a@aonly.example', 'a@nsbad.example'],
      recipients: [['known@relay.example']],
      until: ['end'],
    }),
  },
  {
    name: 'the etrn list',
    settings: {
      ...ours,
      smtpd_etrn_restrictions: `check_etrn_access ${inline([
        ['relay.example', '550 5.7.3 not here'],
        ['local.example', 'REJECT'],
        ['other.example', 'DEFER'],
      ])}, permit_mynetworks, reject`,
    },
    dialogues: product({
      client: ['good', 'mine'],
      recipients: [['relay.example'], ['local.example'], ['other.example'], ['third.example']],
      until: ['etrn'],
    }),
  },
  {
    name: 'ETRN asks the client and HELO lists too',
    settings: {
      ...ours,
      smtpd_client_restrictions: 'reject_rbl_client rbl.example',
      smtpd_helo_restrictions: 'reject_non_fqdn_helo_hostname',
      smtpd_etrn_restrictions: 'permit_mynetworks, reject',
    },
    dialogues: product({
      client: ['good', 'listed'],
      helo: ['localhost', 'mail.good.example'],
      recipients: [['relay.example']],
      until: ['etrn'],
    }),
  },
  {
    name: 'check_policy_service over TCP',
    settings: recipient('check_policy_service inet:127.0.0.1:10023'),
    dialogues: from(
      [
        'ok',
        'reject',
        'defer',
        '550',
        '450',
        'defer_if_permit',
        'defer_if_reject',
        'reject_or_no',
        'discard',
        'garbage',
        'permit',
        'reject_unknown_client_hostname',
        'has-protocol_state-RCPT',
        'has-recipient-ann@local.example',
        'has-client_name-good.client.example',
        'has-reverse_client_name-good.client.example',
        'has-client_address-192.0.2.10',
        'has-helo_name-mail.good.example',
        'has-recipient_count-0',
        'has-size-0',
        'has-protocol_name-ESMTP',
        'has-request-smtpd_access_policy',
        'has-sasl_username-',
        'has-encryption_protocol-',
        'has-server_address-192.0.2.25',
        'has-etrn_domain-',
      ].map((name) => `${name.includes('@') ? `"${name}"` : name}@sender.example`),
    ),
  },
  {
    name: 'check_policy_service in earlier lists',
    settings: client('check_policy_service inet:127.0.0.1:10023', {
      smtpd_helo_restrictions: 'check_policy_service inet:127.0.0.1:10023',
      smtpd_sender_restrictions: 'check_policy_service inet:127.0.0.1:10023',
      smtpd_data_restrictions: 'check_policy_service inet:127.0.0.1:10023',
    }),
    dialogues: product({
      sender: [
        'state-rcpt@sender.example',
        'state-data@sender.example',
        'state-mail@sender.example',
        'reject@sender.example',
        'has-recipient_count-1@sender.example',
      ],
      until: ['data'],
    }),
  },
  {
    name: 'check_policy_service at each command',
    settings: client('check_policy_service inet:127.0.0.1:10023', {
      smtpd_delay_reject: 'no',
      smtpd_sender_restrictions: 'check_policy_service inet:127.0.0.1:10023',
      smtpd_end_of_data_restrictions: 'check_policy_service inet:127.0.0.1:10023',
    }),
    dialogues: product({
      sender: [
        'state-mail@sender.example',
        'state-connect@sender.example',
        'state-end-of-message@sender.example',
        'ok@sender.example',
      ],
      recipients: [['known@relay.example']],
      until: ['end'],
    }),
  },
  {
    name: 'a policy service that is silent',
    settings: recipient('check_policy_service { inet:127.0.0.1:10023, timeout=3s, try_limit=2 }', {}),
    dialogues: from(['silent@sender.example', 'ok@sender.example']),
  },
  {
    name: 'a policy service that is not there',
    settings: recipient(
      'check_policy_service { inet:127.0.0.1:9, timeout=3s, try_limit=1, default_action=DUNNO }, check_policy_service { inet:127.0.0.1:9, try_limit=1 }',
      {},
    ),
    dialogues: [usual],
  },
  {
    name: 'warn_if_reject and a policy service',
    settings: recipient('warn_if_reject check_policy_service inet:127.0.0.1:10023'),
    dialogues: from(['reject@sender.example', 'ok@sender.example']),
  },
  {
    name: 'reject_unverified_recipient',
    settings: recipient('reject_unverified_recipient'),
    dialogues: to([['known@relay.example'], ['bad@relay.example'], ['doubtful@relay.example']]),
  },
  {
    name: 'reject_unverified_recipient, strict codes',
    settings: recipient('reject_unverified_recipient', {
      unverified_recipient_reject_code: '550',
      unverified_recipient_defer_code: '451',
      unverified_recipient_tempfail_action: 'defer',
    }),
    dialogues: to([['known@relay.example'], ['bad@relay.example'], ['doubtful@relay.example']]),
  },
  {
    name: 'reject_unverified_sender',
    settings: sender('reject_unverified_sender', { unverified_sender_reject_code: '550' }),
    dialogues: from(['ok@sender.example', 'bad@sender.example', 'doubtful@sender.example', '']),
  },
  {
    name: 'reject_unverified_sender, default codes',
    settings: sender('reject_unverified_sender'),
    dialogues: from(['bad@bad.example', 'doubtful@bad.example']),
  },
  { name: 'sleep', settings: client('sleep 1, reject_rbl_client rbl.example'), dialogues: at(['good', 'listed']) },
  {
    name: 'old names',
    settings: {
      smtpd_client_restrictions: 'reject_unknown_client',
      smtpd_helo_restrictions: 'reject_invalid_hostname, reject_non_fqdn_hostname, reject_unknown_hostname',
      ...ours,
    },
    dialogues: [
      ...at(['good', 'nameless', 'forged']),
      ...product({ helo: ['localhost', 'nowhere.example', '-bad.example'] }),
    ],
  },
  {
    name: 'fail: and proxy: tables',
    settings: sender('check_sender_access proxy:texthash:$config_directory/senders, check_sender_access fail:x'),
    dialogues: from(['c@bad.example', 'b@sender.example', 'ok@sender.example']),
  },
  {
    name: 'static, unionmap and pipemap tables',
    settings: sender(
      `check_sender_access pipemap:{${inline([
        ['a@bad.example', 'key'],
        ['b@bad.example', 'nokey'],
      ])},${inline([['key', '550 piped']])}}, check_sender_access unionmap:{${inline([['c@bad.example', '551']])},static:5.7.9}, check_client_access static:DUNNO`,
    ),
    dialogues: from(['a@bad.example', 'b@bad.example', 'c@bad.example']),
  },
]

export const cases: readonly Case[] = [
  ...clientCases,
  ...heloCases,
  ...senderCases,
  ...loginCases,
  ...recipientCases,
  ...algebraCases,
  ...laterCases,
]
