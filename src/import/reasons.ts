// SPDX-License-Identifier: Apache-2.0
/** Why a parameter of main.cf has no place in postern.toml; the first pattern that fits speaks. */

/** Parameters that ask for what Postern always does: nothing is lost where they have this value. */
export const alwaysSo: ReadonlyMap<string, RegExp> = new Map([
  ['compatibility_level', /./],
  ['smtpd_helo_required', /^yes$/],
  ['disable_vrfy_command', /^yes$/],
  ['smtpd_tls_auth_only', /^yes$/],
  ['smtp_tls_security_level', /^may$/],
  ['append_dot_mydomain', /^no$/],
  ['biff', /^no$/],
  ['strict_rfc821_envelopes', /^yes$/],
  ['smtpd_tls_received_header', /^yes$/],
  ['smtpd_sasl_security_options', /noanonymous/],
  ['smtpd_sasl_tls_security_options', /noanonymous/],
  ['smtputf8_enable', /^yes$/],
])

const reasons: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:smtpd|non_smtpd|milter)_milters?$|^milter_|^smtpd_milter_/,
    'Postern judges and signs mail itself and speaks to no milter',
  ],
  [/^content_filter$|_proxy_filter$/, 'Postern judges mail in place; no other program gets it in between'],
  [/^smtpd_sasl_|^cyrus_|^broken_sasl/, 'logins are those of Postern’s own accounts: postern user add'],
  [/^smtp_sasl_/, 'Postern cannot yet log in at a next hop'],
  [
    /^(?:header|body|mime_header|nested_header|smtp_header|smtp_body|milter_header)_checks$/,
    'content is judged by rules (postern rules) and not by header or body checks',
  ],
  [
    /(?:^|_)canonical_|^masquerade_|_generic_maps$|^relocated_maps$|^local_header_rewrite|^append_|^myorigin$|^remote_header_rewrite|^always_bcc$|_bcc_maps$/,
    'Postern does not rewrite addresses and adds no copies',
  ],
  [/^(?:virtual_alias_|alias_|virtual_maps$)/, 'aliases are not read from Postfix’s tables'],
  [
    /^(?:mailbox_|home_mailbox|mail_spool|local_|forward_|luser_|fallback_transport|virtual_(?:mailbox_base|mailbox_lim|uid|gid|minimum|mailbox_lock)|dovecot_|allow_mail_to|recipient_canonical|propagate_|expand_owner|owner_request|prepend_delivered|command_|biff)/,
    'mail for mailboxes lies in Maildirs under data_dir',
  ],
  [
    /^postscreen_/,
    'there is no postscreen: strangers wait for the banner (smtp.greet_wait), and lists are asked by reject_rbl_client',
  ],
  [
    /^smtpd?_tls_|^tls_|^lmtp_tls_|^tlsproxy_|^smtpd_(?:use|enforce)_tls$|^smtp_(?:use|enforce)_tls$|^openssl_/,
    'TLS has the parameters of Node’s defaults: TLS 1.2 and later',
  ],
  [
    /^smtpd_(?:client_.*_rate_limit|client_event|soft_error|error_sleep|junk_command|client_connection_limit_ex)|^anvil_/,
    'Postern has no such limit, or keeps it by rate_limit in a restriction list',
  ],
  [
    /^(?:smtp|lmtp|relay|default|local|virtual|initial|qmgr|transport)_.*|^(?:bounce|delay|notify|double_bounce|error_notice|2bounce|fast_flush|defer|hopcount|in_flow|queue_|trigger|fork|daemon|ipc|max_idle|max_use|proxy|sender_dependent|fallback)/,
    'delivery has fewer knobs here ([queue], deliver =)',
  ],
  [/^address_verify_|^unverified_/, 'verification asks the next hop, and its answers are kept for set times'],
  [
    /(?:^|_)(?:directory|path|owner|group|privs|command|syslog_\w+|maillog_\w+|html|manpage|sample|readme|sendmail_\w+|mailq_\w+|newaliases_\w+|setgid_\w+|mail_version|meta_directory|shlib_directory)$|^(?:debug|debugger|authorized|import_environment|export_environment|multi_instance|config|syslog|maillog)/,
    'it concerns Postfix’s own processes and files',
  ],
  [/^smtpd_banner$|^mail_name$/, 'the greeting is the host name and ESMTP'],
  [
    /^smtpd_(?:discard|command_filter|forbid|reject_|data_|sender_login|expansion|proxy|upstream|dns|peername|log|authorized|etrn|starttls|per_record|noop|history|recipient_overshoot|delay_open|enforce|forbidden)/,
    'the listeners have no such setting',
  ],
  [
    /^(?:inet_|mynetworks_style|parent_domain|strict_|allow_|disable_|enable_|smtputf8|message_|header_|line_|mime_|rewrite|resolve|swap|empty_|undisclosed|detect_8bit|address_)/,
    'messages and addresses have fixed limits and manners here',
  ],
]

/** Why this parameter was not carried over. */
export function reasonFor(name: string): string {
  return reasons.find(([pattern]) => pattern.test(name))?.[1] ?? 'Postern has no such setting'
}
