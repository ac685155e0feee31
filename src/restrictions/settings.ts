// SPDX-License-Identifier: Apache-2.0
/** What may be set about the restrictions, under Postfix's names without their "smtpd_", with Postfix's defaults. */

/** What a doubt of DNS or of the next hop does: refuse at once, or only if the mail would be permitted otherwise. */
export type TempfailAction = 'defer_if_permit' | 'defer'

export interface RestrictionSettings {
  /** smtpd_delay_reject: client, helo and sender lists wait for RCPT, so that the log can tell the recipient. */
  readonly delayReject: boolean
  /** smtpd_relay_before_recipient_restrictions. */
  readonly relayBeforeRecipient: boolean
  /** smtpd_reject_unlisted_recipient: unknown recipients are refused even where no list says so. */
  readonly rejectUnlistedRecipient: boolean
  /** smtpd_reject_unlisted_sender. */
  readonly rejectUnlistedSender: boolean
  /** soft_bounce: every 5xx becomes a 4xx, for trying out a configuration. */
  readonly softBounce: boolean
  /** show_user_unknown_table_name. */
  readonly showUserUnknownTableName: boolean
  /** smtpd_access_maps in parent_domain_matches_subdomains. */
  readonly parentMatchesSubdomains: boolean
  /** smtpd_null_access_lookup_key. */
  readonly nullAccessLookupKey: string
  /** recipient_delimiter; empty: no extensions. */
  readonly recipientDelimiter: string
  readonly accessMapRejectCode: number
  readonly accessMapDeferCode: number
  readonly rejectCode: number
  readonly deferCode: number
  readonly invalidHostnameRejectCode: number
  readonly nonFqdnRejectCode: number
  readonly unknownHostnameRejectCode: number
  readonly unknownAddressRejectCode: number
  readonly unknownClientRejectCode: number
  readonly relayDomainsRejectCode: number
  readonly multiRecipientBounceRejectCode: number
  readonly plaintextRejectCode: number
  readonly mapsRblRejectCode: number
  readonly unknownLocalRecipientRejectCode: number
  readonly unknownRelayRecipientRejectCode: number
  readonly unknownVirtualMailboxRejectCode: number
  readonly unknownAddressTempfailAction: TempfailAction
  readonly unknownHeloHostnameTempfailAction: TempfailAction
  /** default_rbl_reply, with $rbl_code, $rbl_class, $rbl_what, $rbl_domain, $rbl_reason and ${name?text}. */
  readonly defaultRblReply: string
  /** rbl_reply_maps: a table of replies by list; null: none. */
  readonly rblReplyMaps: string | null
  /** relay_clientcerts: a table of the fingerprints of client certificates that may relay; null: none. */
  readonly relayClientcerts: string | null
}

export const restrictionDefaults: RestrictionSettings = {
  delayReject: true,
  relayBeforeRecipient: true,
  rejectUnlistedRecipient: true,
  rejectUnlistedSender: false,
  softBounce: false,
  showUserUnknownTableName: true,
  parentMatchesSubdomains: true,
  nullAccessLookupKey: '<>',
  recipientDelimiter: '',
  accessMapRejectCode: 554,
  accessMapDeferCode: 450,
  rejectCode: 554,
  deferCode: 450,
  invalidHostnameRejectCode: 501,
  nonFqdnRejectCode: 504,
  unknownHostnameRejectCode: 450,
  unknownAddressRejectCode: 450,
  unknownClientRejectCode: 450,
  relayDomainsRejectCode: 554,
  multiRecipientBounceRejectCode: 550,
  plaintextRejectCode: 450,
  mapsRblRejectCode: 554,
  unknownLocalRecipientRejectCode: 550,
  unknownRelayRecipientRejectCode: 550,
  unknownVirtualMailboxRejectCode: 550,
  unknownAddressTempfailAction: 'defer_if_permit',
  unknownHeloHostnameTempfailAction: 'defer_if_permit',
  defaultRblReply:
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are of the operator's template
    '$rbl_code Service unavailable; $rbl_class [$rbl_what] blocked using $rbl_domain${rbl_reason?; $rbl_reason}',
  rblReplyMaps: null,
  relayClientcerts: null,
}
