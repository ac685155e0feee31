// SPDX-License-Identifier: Apache-2.0
/** Why a parameter of main.cf has no place in postern.toml. */

/** What Postern always does, or what concerns nothing that it does: nothing is lost where they have this value. */
const alwaysSo: readonly (readonly [RegExp, RegExp])[] = [
  [/^compatibility_level$|^mydomain$|^alias_database$|^newaliases_path$/, /./],
  [/^(?:smtpd_helo_required|disable_vrfy_command|strict_rfc821_envelopes|smtputf8_enable)$/, /^yes$/],
  [/^smtpd_tls_(?:auth_only|received_header)$/, /^yes$/],
  [/^(?:append_dot_mydomain|biff|owner_request_special|swap_bangpath|allow_percent_hack)$/, /^no$/],
  [/^smtpd?_sasl_(?:tls_)?security_options$/, /noanonymous/],
  [/^postscreen_\w+_enable$/, /^no$/],
]

/** Whether such a parameter with such a value needs no word. */
export function isAlwaysSo(name: string, value: string): boolean {
  return alwaysSo.some(([names, values]) => names.test(name) && values.test(value))
}

/** The first pattern that fits speaks. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/_milters$|milter_/, 'Postern judges and signs mail itself and speaks to no milter'],
  [/^content_filter$|_proxy_filter$/, 'Postern judges mail in place; no other program gets it in between'],
  [/^smtpd_sasl_|^cyrus_|^broken_sasl/, "logins are those of Postern's own accounts: postern user add"],
  [
    /^smtp_sasl_/,
    'Postern logs in at a next hop with PLAIN or LOGIN, over TLS, where delivery.credentials has a password',
  ],
  [/(?:header|body)_checks$/, 'content is judged by rules (postern rules), not by header or body checks'],
  [/^proxy_interfaces$/, 'write the names of those addresses to delivery.own_names'],
  [/_bcc_maps$|^always_bcc$/, 'Postern makes no copies; an access table can: BCC'],
  [
    /canonical_|^masquerade_|generic_maps$|^relocated_maps$|header_rewrite|^append_|^myorigin$/,
    'header fields are left as they came',
  ],
  [
    /^virtual_alias_\w+_limit$|^expand_owner|^propagate_/,
    'aliases have limits of their own (rewriting.expansion_limit)',
  ],
  [
    /^(?:mailbox_|home_mailbox|mail_spool|local_|forward_|fallback_transport|virtual_|dovecot_|allow_mail_to|prepend_delivered)/,
    'mail for our own mailboxes lies in Maildirs under data_dir',
  ],
  [
    /^postscreen_/,
    'there is no postscreen: strangers wait for the greeting (smtp.greet_wait), and the lists ask reject_rbl_client',
  ],
  [/tls_|^openssl_/, 'TLS is as Node.js has it: TLS 1.2 and later, its ciphers, its sessions'],
  [/_rate_limit$|^anvil_/, 'see rate_limit among the restrictions'],
  [/^smtpd_client_|^smtpd_(?:soft_error|error_sleep|junk_command)/, 'the listeners have no such limit'],
  [/^address_verify_|^unverified_/, 'answers about recipients are kept for set times'],
  [/^smtpd_(?:banner)$|^mail_name$/, 'the greeting is the host name and ESMTP'],
  [/^smtpd_/, 'the listeners have no such setting'],
  [
    /^(?:default|smtp|lmtp|relay|initial|qmgr|transport|sender_dependent|fast_flush|fallback)_|_destination_|_transport$/,
    'delivery has no such setting; see [delivery] and [queue]',
  ],
  [
    /^(?:bounce|delay|notify|double_bounce|error_notice|2bounce|defer|hopcount|queue|in_flow)/,
    'the queue has no such setting; see [queue]',
  ],
  [
    /directory$|_path$|_owner$|_group$|_privs$|^(?:syslog|maillog|debug|authorized|import|export|multi_instance|daemon|ipc|max|trigger|fork|process|service)_|^readme|^setgid/,
    "it concerns Postfix's own processes and files",
  ],
  [
    /^(?:inet_|parent_domain|strict_|allow_|disable_|enable_|smtputf8|header_|line_|mime_|resolve|empty_|undisclosed|detect_8bit)/,
    'messages and addresses have set limits and manners here',
  ],
]

/** Why this parameter was not carried over. */
export function reasonFor(name: string): string {
  return reasons.find(([pattern]) => pattern.test(name))?.[1] ?? 'Postern has no such setting'
}
