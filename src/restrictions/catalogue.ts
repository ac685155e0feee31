// SPDX-License-Identifier: Apache-2.0
/** Every restriction there is: name → maker. Nothing else lists them. */
import {
  checkAddressAccess,
  checkCcertAccess,
  checkClientAccess,
  checkEtrnAccess,
  checkHeloAccess,
  checkReverseClientHostnameAccess,
  checkSaslAccess,
} from './access.ts'
import { rejectNonFqdn, rejectUnknownDomain, rejectUnlisted } from './address.ts'
import type { Maker } from './build.ts'
import {
  permitInetInterfaces,
  permitMynetworks,
  permitSaslAuthenticated,
  permitTlsAllClientcerts,
  permitTlsClientcerts,
  rejectUnknownClientHostname,
  rejectUnknownForwardClientHostname,
  rejectUnknownReverseClientHostname,
} from './client.ts'
import {
  permitDnswlClient,
  permitRhswlClient,
  rejectRblClient,
  rejectRhsblAddress,
  rejectRhsblClient,
  rejectRhsblHelo,
  rejectRhsblReverseClient,
} from './dnsbl.ts'
import {
  deferAll,
  deferIf,
  permitAll,
  rejectAll,
  rejectMultiRecipientBounce,
  rejectPlaintextSession,
  rejectUnauthPipelining,
  sleep,
} from './generic.ts'
import { greylist } from './greylist.ts'
import { rejectInvalidHeloHostname, rejectNonFqdnHeloHostname, rejectUnknownHeloHostname } from './helo.ts'
import { hostAccessMakers } from './hosts-access.ts'
import {
  rejectAuthenticatedSenderLoginMismatch,
  rejectKnownSenderLoginMismatch,
  rejectSenderLoginMismatch,
  rejectUnauthenticatedSenderLoginMismatch,
} from './login.ts'
import { permitMxBackup } from './mx-backup.ts'
import { checkPolicyService } from './policy-service.ts'
import { rateLimit } from './rate-limit.ts'
import { deferUnauthDestination, permitAuthDestination, rejectUnauthDestination } from './relay.ts'
import { rejectUnverified } from './unverified.ts'

/** Changes the meaning of the restriction after it; has no maker of its own. */
export const warnIfReject = 'warn_if_reject'

/** "score N SYMBOL": the restriction after it adds evidence worth N points where it would refuse. Ours. */
export const scoreInstead = 'score'

export const catalogue: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['permit', permitAll],
  ['reject', rejectAll],
  ['defer', deferAll],
  ['defer_if_permit', deferIf('defer_if_permit')],
  ['defer_if_reject', deferIf('defer_if_reject')],
  ['sleep', sleep],
  ['reject_plaintext_session', rejectPlaintextSession],
  ['reject_unauth_pipelining', rejectUnauthPipelining],
  ['reject_multi_recipient_bounce', rejectMultiRecipientBounce],

  ['permit_mynetworks', permitMynetworks],
  ['permit_inet_interfaces', permitInetInterfaces],
  ['permit_sasl_authenticated', permitSaslAuthenticated],
  ['permit_tls_clientcerts', permitTlsClientcerts],
  ['permit_tls_all_clientcerts', permitTlsAllClientcerts],
  ['reject_unknown_client_hostname', rejectUnknownClientHostname],
  ['reject_unknown_reverse_client_hostname', rejectUnknownReverseClientHostname],
  ['reject_unknown_forward_client_hostname', rejectUnknownForwardClientHostname],
  ['check_client_access', checkClientAccess],
  ['check_reverse_client_hostname_access', checkReverseClientHostnameAccess],
  ['check_sasl_access', checkSaslAccess],
  ['check_ccert_access', checkCcertAccess],
  ['reject_rbl_client', rejectRblClient],
  ['reject_rhsbl_client', rejectRhsblClient],
  ['reject_rhsbl_reverse_client', rejectRhsblReverseClient],
  ['permit_dnswl_client', permitDnswlClient],
  ['permit_rhswl_client', permitRhswlClient],

  ['reject_invalid_helo_hostname', rejectInvalidHeloHostname],
  ['reject_non_fqdn_helo_hostname', rejectNonFqdnHeloHostname],
  ['reject_unknown_helo_hostname', rejectUnknownHeloHostname],
  ['check_helo_access', checkHeloAccess],
  ['reject_rhsbl_helo', rejectRhsblHelo],

  ['reject_non_fqdn_sender', rejectNonFqdn('sender')],
  ['reject_unknown_sender_domain', rejectUnknownDomain('sender')],
  ['reject_unlisted_sender', rejectUnlisted('sender')],
  ['reject_sender_login_mismatch', rejectSenderLoginMismatch],
  ['reject_authenticated_sender_login_mismatch', rejectAuthenticatedSenderLoginMismatch],
  ['reject_unauthenticated_sender_login_mismatch', rejectUnauthenticatedSenderLoginMismatch],
  ['reject_known_sender_login_mismatch', rejectKnownSenderLoginMismatch],
  ['check_sender_access', checkAddressAccess('sender')],
  ['reject_rhsbl_sender', rejectRhsblAddress('sender')],

  ['permit_auth_destination', permitAuthDestination],
  ['reject_unauth_destination', rejectUnauthDestination],
  ['defer_unauth_destination', deferUnauthDestination],
  ['reject_non_fqdn_recipient', rejectNonFqdn('recipient')],
  ['reject_unknown_recipient_domain', rejectUnknownDomain('recipient')],
  ['reject_unlisted_recipient', rejectUnlisted('recipient')],
  ['check_recipient_access', checkAddressAccess('recipient')],
  ['reject_rhsbl_recipient', rejectRhsblAddress('recipient')],

  ['check_etrn_access', checkEtrnAccess],

  ['permit_mx_backup', permitMxBackup],
  ['reject_unverified_sender', rejectUnverified('sender')],
  ['reject_unverified_recipient', rejectUnverified('recipient')],
  ['check_policy_service', checkPolicyService],
  ...hostAccessMakers(),

  // Ours.
  ['greylist', greylist],
  ['rate_limit', rateLimit],

  // Names of Postfix before 2.3, still found in configurations.
  ['reject_unknown_client', rejectUnknownClientHostname],
  ['reject_invalid_hostname', rejectInvalidHeloHostname],
  ['reject_non_fqdn_hostname', rejectNonFqdnHeloHostname],
  ['reject_unknown_hostname', rejectUnknownHeloHostname],
  ['reject_unknown_address', rejectUnknownDomain('sender')],
  ['check_recipient_maps', rejectUnlisted('recipient')],
])
