// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UserError } from '../../../src/core/failure.ts'
import { printNote } from '../../../src/import/notes.ts'
import { importPostfix } from '../../../src/import/postfix.ts'

const source = {
  mainFile: 'main.cf',
  masterFile: 'master.cf',
  directory: '/nowhere',
  hostname: 'host.example.org',
  dataDir: '/var/lib/postern',
}

/** A relay that nobody could find fault with. */
const least = 'compatibility_level = 3.6\nmydestination =\nmynetworks = 127.0.0.0/8\n'

/** What has another default here, and is told where it is not said. */
const said = 'inet_protocols = ipv4\nsmtp_tls_security_level = may\n'

function imported(mainCf: string, masterCf: string | null = null) {
  return importPostfix({ ...source, mainCf: least + mainCf, masterCf })
}

/** The lines of a result without its comments. */
function linesOf(mainCf: string, masterCf: string | null = null): string[] {
  return imported(mainCf, masterCf)
    .toml.split('\n')
    .map((line) => line.replace(/ {2}# .*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

function complaintOf(mainCf: string, masterCf: string | null = null): string {
  try {
    importPostfix({ ...source, mainCf, masterCf })
  } catch (error) {
    assert.ok(error instanceof UserError)
    assert.equal(error.exitCode, 78)
    return error.message
  }
  return 'no complaint'
}

describe('an import is refused', () => {
  const open = 'would make an open relay'
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      'where nothing guards the relay',
      `${least}smtpd_relay_restrictions =\n`,
      new RegExp(`^main\\.cf:4: this ${open}: neither .*add reject_unauth_destination to smtpd_relay_restrictions`),
    ],
    [
      'where everybody is permitted before the guard',
      `${least}smtpd_relay_restrictions = permit_mynetworks,\n  permit,\n  reject_unauth_destination\n`,
      new RegExp(`^main\\.cf:5: this ${open}: it permits everybody`),
    ],
    [
      'where the guard stands in a class that is only warned of',
      `${least}smtpd_restriction_classes = guard\nguard = reject_unauth_destination\nsmtpd_relay_restrictions = warn_if_reject guard\n`,
      new RegExp(open),
    ],
    [
      'where an old configuration relies on defaults that guard nothing',
      'mydestination =\nmynetworks = 127.0.0.0/8\n',
      new RegExp(open),
    ],
    [
      'where everybody is in mynetworks',
      'mynetworks = 10.0.0.0/8,\n  0.0.0.0/0\n',
      /^main\.cf:2: 0\.0\.0\.0\/0 in mynetworks would make an open relay/,
    ],
    [
      'where $names go round in a circle',
      `${least}a = $b\nb = $a\nrelayhost = $a\n`,
      /^main\.cf:6: relayhost: the values go round in a circle: \$a → \$b → \$a$/,
    ],
    [
      'where a type of table is misspelt',
      `${least}smtpd_sender_restrictions =\n  check_sender_access hsah:/etc/x\n`,
      /^main\.cf:5: "hsah:" is no type of table \(did you mean hash\?\)$/,
    ],
    ['where a line is no parameter', 'relayhost\n', /^main\.cf:1: "relayhost" is no parameter \(write name = value\)$/],
    [
      'where yes or no is expected',
      `${least}soft_bounce = maybe\n`,
      /^main\.cf:4: soft_bounce is "maybe" \(write yes or no\)$/,
    ],
    [
      'where a class has the name of a word of ours',
      `${least}smtpd_restriction_classes = score\nscore = reject\n`,
      /^main\.cf:4: "score" is a restriction of Postern/,
    ],
  ]
  for (const [title, text, expected] of cases) it(title, () => assert.match(complaintOf(text), expected))
})

describe('nothing is lost in silence', () => {
  it('a parameter that no part asked for is told with its line and the reason', () =>
    assert.deepEqual(imported(`smtpd_banner = hello\nzebra = 1\n${said}`).notes.map(printNote), [
      'main.cf:4: not carried over: smtpd_banner = hello: the greeting is the host name and ESMTP',
      'main.cf:5: not carried over: zebra = 1: Postern has no such setting',
    ]))

  it('defaults that are not those of Postfix are told', () =>
    assert.deepEqual(
      imported('').notes.map(({ kind, line, what }) => [kind, line, what]),
      [
        ['changed', 0, 'inet_protocols = all'],
        ['changed', 0, 'smtp_tls_security_level is not set'],
      ],
    ))

  it('logins on port 25 are told: that they need TLS, and whose they are', () => {
    const login = `${said}smtpd_sasl_auth_enable = yes\n`
    const because = (more: string) => imported(login + more).notes.map((note) => `${note.kind}: ${note.because}`)
    assert.match(because('').join(), /^todo: there are no logins without TLS/)
    assert.match(because('smtpd_tls_security_level = may\n').join(), /^changed: logins are those of Postern's accounts/)
  })

  it('what is told is in the result too, as comments', () =>
    assert.match(
      imported('zebra = 1\n').toml,
      /^# main\.cf:4: not carried over: zebra = 1: Postern has no such setting$/m,
    ))

  it('a restriction that Postern does not have is a comment in its place', () =>
    assert.match(
      imported('smtpd_sender_restrictions = reject_non_fqdn_sender, reject_nonsense, check_sender_access mysql:/x\n')
        .toml,
      /"reject_non_fqdn_sender",\n {2}# not carried over: reject_nonsense: .*\n {2}# not carried over: check_sender_access mysql:\/x: there are no mysql: tables here\n\]/,
    ))

  it('a table whose file is not there yet is carried over and told', () => {
    const { toml, notes } = imported(`smtpd_sender_restrictions = check_sender_access hash:/nowhere/access\n${said}`)
    assert.match(toml, /"check_sender_access hash:\/nowhere\/access"/)
    assert.deepEqual(
      notes.map(({ kind, line }) => [kind, line]),
      [['todo', 4]],
    )
  })
})

describe('an import', () => {
  const cases: readonly (readonly [string, string, string | null, readonly string[]])[] = [
    [
      'takes hosts in brackets as hosts',
      'relayhost = [relay.example.net]:587\n',
      null,
      ['relayhost = "smtp://relay.example.net:587"'],
    ],
    ['takes other next hops by their MX', 'relayhost = example.net\n', null, ['relayhost = "mx://example.net"']],
    [
      'delivers to a socket of Postfix by its whole path',
      'virtual_mailbox_domains = a.example\nvirtual_transport = lmtp:unix:private/lmtp\n',
      null,
      ['deliver = "lmtp:///var/spool/postfix/private/lmtp"'],
    ],
    [
      'takes a transport of master.cf by its program',
      'relay_domains = a.example\nrelay_transport = slow:[10.0.0.1]\n',
      'slow unix - - n - - smtp',
      ['deliver = "smtp://10.0.0.1"'],
    ],
    [
      'sends subdomains of a relay domain to an MX of their own',
      'relay_domains = a.example\n',
      null,
      ['[domains.".a.example"]', 'transport_maps = ["inline:{.a.example=smtp:}"]'],
    ],
    [
      'keeps subdomains out where they are not meant',
      'relay_domains = a.example\nparent_domain_matches_subdomains =\n',
      null,
      ['parent_domain_matches_subdomains = false'],
    ],
    [
      'accepts what relay_recipient_maps knows',
      'relay_domains = a.example\nrelay_recipient_maps = inline:{u@a.example=x}\n',
      null,
      ['recipients = "table:inline:{u@a.example=x}"'],
    ],
    [
      'reads a restriction list through $names',
      'lists = reject_rbl_client a.example, reject_rbl_client b.example\nsmtpd_client_restrictions = permit_mynetworks, $lists\n',
      null,
      ['"reject_rbl_client a.example",', '"reject_rbl_client b.example",'],
    ],
    [
      'keeps warn_if_reject with its restriction',
      'smtpd_helo_restrictions = warn_if_reject reject_unknown_helo_hostname\n',
      null,
      ['helo = ["warn_if_reject reject_unknown_helo_hostname"]'],
    ],
    [
      'says what a table alone means',
      'smtpd_sender_restrictions = inline:{a=OK}\n',
      null,
      ['sender = ["check_sender_access inline:{a=OK}"]'],
    ],
    [
      'takes the overrides of the service on port 25',
      'soft_bounce = no\n',
      'smtp inet n - y - - smtpd\n  -o smtpd_helo_restrictions=reject_invalid_helo_hostname',
      ['helo = ["reject_invalid_helo_hostname"]'],
    ],
    [
      'writes units that Postfix leaves out',
      'maximal_queue_lifetime = 3\nminimal_backoff_time = 10\n',
      null,
      ['lifetime = "3d"', 'minimal_backoff = "10s"'],
    ],
    [
      'takes IPv4 networks out of their IPv6 clothes',
      'mynetworks = [::ffff:10.0.0.0]/104\n',
      null,
      ['mynetworks = ["10.0.0.0/8"]'],
    ],
    [
      'listens on 587 and 465 for users',
      '',
      'submission inet n - y - - smtpd -o smtpd_sasl_auth_enable=yes\n465 inet n - y - - smtpd -o smtpd_tls_wrappermode=yes',
      ['address = "[::]:587"', 'tls = "starttls"', 'address = "[::]:465"', 'tls = "implicit"'],
    ],
    [
      'asks for client certificates where Postfix does, and knows the old digest',
      'compatibility_level = 3.5\nsmtpd_tls_security_level = may\nsmtpd_tls_ask_ccert = yes\nrelay_clientcerts = inline:{AA:BB=x}\n',
      null,
      ['client_certificates = "ask"', 'fingerprint_digest = "md5"', 'relay_clientcerts = "inline:{AA:BB=x}"'],
    ],
    [
      'offers logins on port 25 where Postfix does',
      'smtpd_tls_security_level = may\n',
      'smtp inet n - y - - smtpd -o smtpd_sasl_auth_enable=yes',
      ['role = "mx"', 'tls = "starttls"', 'auth = true'],
    ],
    ['sends by TLS where older words say so', 'smtp_enforce_tls = yes\n', null, ['tls = "encrypt"']],
    [
      'asks for none without TLS',
      'smtpd_tls_ask_ccert = yes\n',
      null,
      ['[[listeners]]', 'role = "mx"', 'address = "[::]:25"', 'tls = "none"'],
    ],
    [
      'takes the lists of the first service for users, where they say more than that they must log in',
      'smtpd_data_restrictions = reject_multi_recipient_bounce\n',
      'submission inet n - y - - smtpd\n  -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n  -o smtpd_recipient_restrictions=reject_non_fqdn_recipient,permit',
      [
        '[submission.restrictions]',
        'data = ["reject_multi_recipient_bounce"]',
        '"reject_non_fqdn_recipient",',
        '"permit_sasl_authenticated",',
      ],
    ],
    [
      'listens where inet_interfaces says',
      'inet_interfaces = 192.0.2.1, [2001:db8::1]\n',
      null,
      ['address = "192.0.2.1:25"', 'address = "[2001:db8::1]:25"'],
    ],
  ]
  for (const [title, main, master, expected] of cases)
    it(title, () => {
      const lines = linesOf(main, master)
      assert.deepEqual(
        expected.filter((line) => !lines.includes(line)),
        [],
        lines.join('\n'),
      )
    })
})
