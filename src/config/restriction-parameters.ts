// SPDX-License-Identifier: Apache-2.0
/** [restrictions.parameters]: Postfix's parameters of its restrictions, with its defaults; "smtpd_" is left out. */
import { boolean, duration, integer, oneOf, table, text, words } from './kinds.ts'

/** RFC 5321 §4.2: a refusal is 4xx or 5xx. */
const code = (fallback: number, doc: string) => integer(fallback, 400, 599, doc)
/** 250 makes the restriction accept. */
const verifyCode = (fallback: number, doc: string) => integer(fallback, 200, 599, doc)
const tempfail = (doc: string) => oneOf(['defer_if_permit', 'defer'], 'defer_if_permit', doc)

export const restrictionParameters = table(
  'What the restrictions go by: Postfix’s parameters of the same names, without their "smtpd_".',
  {
    relay_before_recipient_restrictions: boolean(true, 'The relay list is asked before the recipient list.'),
    reject_unlisted_recipient: boolean(true, 'Unknown recipients of ours are refused even where no list says so.'),
    reject_unlisted_sender: boolean(false, 'The same for senders.'),
    show_user_unknown_table_name: boolean(true, 'Tell in which table a user is unknown.'),
    parent_domain_matches_subdomains: boolean(
      true,
      'In access tables "example.org" stands for its subdomains too; with false ".example.org" does.',
    ),
    null_access_lookup_key: text('<>', 'The key of the null reverse-path in access tables.'),
    access_map_reject_code: code(554, 'Code of REJECT in an access table.'),
    access_map_defer_code: code(450, 'Code of DEFER, DEFER_IF_PERMIT and DEFER_IF_REJECT in an access table.'),
    reject_code: code(554, 'Code of reject.'),
    defer_code: code(450, 'Code of defer.'),
    invalid_hostname_reject_code: code(501, 'Code of reject_invalid_helo_hostname.'),
    non_fqdn_reject_code: code(504, 'Code of the reject_non_fqdn_… family.'),
    unknown_hostname_reject_code: code(450, 'Code of reject_unknown_helo_hostname.'),
    unknown_address_reject_code: code(450, 'Code of reject_unknown_sender_domain and reject_unknown_recipient_domain.'),
    unknown_client_reject_code: code(450, 'Code of the reject_unknown_…client_hostname family.'),
    relay_domains_reject_code: code(554, 'Code of reject_unauth_destination.'),
    multi_recipient_bounce_reject_code: code(550, 'Code of reject_multi_recipient_bounce.'),
    plaintext_reject_code: code(450, 'Code of reject_plaintext_session.'),
    maps_rbl_reject_code: code(554, 'Code of the reject_rbl_… and reject_rhsbl_… families.'),
    unknown_local_recipient_reject_code: code(550, 'Code for unknown recipients of our own mailboxes.'),
    unknown_relay_recipient_reject_code: code(550, 'Code for unknown recipients of domains that we relay.'),
    unknown_virtual_mailbox_reject_code: code(550, 'Code for unknown recipients of virtual mailbox domains.'),
    unverified_sender_reject_code: verifyCode(450, 'Code of reject_unverified_sender where the sender is refused.'),
    unverified_sender_defer_code: verifyCode(450, 'Its code where nobody could say.'),
    unverified_sender_reject_reason: text('', 'What its reply says in place of the other host’s words.'),
    unverified_recipient_reject_code: verifyCode(450, 'Code of reject_unverified_recipient, as for senders.'),
    unverified_recipient_defer_code: verifyCode(450, 'Its code where nobody could say.'),
    unverified_recipient_reject_reason: text('', 'What its reply says in place of the other host’s words.'),
    unverified_sender_tempfail_action: tempfail('What a sender that nobody could verify leads to.'),
    unverified_recipient_tempfail_action: tempfail('The same for recipients.'),
    unknown_address_tempfail_action: tempfail('What trouble with DNS leads to in reject_unknown_…_domain.'),
    unknown_helo_hostname_tempfail_action: tempfail('The same in reject_unknown_helo_hostname.'),
    default_rbl_reply: text(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are of the operator's template
      '$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked using $rbl_domain${rbl_reason?; $rbl_reason}',
      'The reply about a listed client or name.',
    ),
    rbl_reply_maps: text('', 'Table of such replies by list.'),
    relay_clientcerts: text('', 'Table of the fingerprints of client certificates that may relay.'),
    sender_login_maps: text(
      '',
      'Table of the logins that may send as an address; empty: the accounts that own the address.',
    ),
    permit_mx_backup_networks: words([], 'Networks of the primary MX hosts for permit_mx_backup; empty: any.'),
    policy_service_timeout: duration('100s', 'How long one question to a policy service may take.'),
    policy_service_try_limit: integer(2, 1, 10, 'How often it is put.'),
    policy_service_retry_delay: duration('1s', 'Wait before it is put again.'),
    policy_service_max_idle: duration('300s', 'An idle connection is closed after this.'),
    policy_service_max_ttl: duration('1000s', 'A connection is used no longer than this.'),
    policy_service_default_action: text(
      '451 4.3.5 Server configuration problem',
      'What a policy service that cannot be asked is taken to have said.',
    ),
    policy_service_policy_context: text('', 'The attribute policy_context.'),
    greylist_delay: duration('5m', 'greylist: how long an unknown triplet has to wait.'),
    greylist_networks: integer(
      24,
      8,
      32,
      'greylist: prefix length by which IPv4 clients are taken together (IPv6: /64).',
    ),
    greylist_known_clients: integer(
      5,
      0,
      1000,
      'greylist: a client that has passed so often waits no more; 0: always.',
    ),
    reject_footer: text(
      '',
      'Words after every refusal by the lists, with $client_address, $client_name, $helo_name, $sender, $recipient and $server_name.',
    ),
  },
)
