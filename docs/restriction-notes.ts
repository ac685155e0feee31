// SPDX-License-Identifier: Apache-2.0
/** What each restriction does, for the reference page; its arguments come from the catalogue itself. */

export interface Group {
  readonly title: string
  readonly intro: string
  /** Name → what it does. */
  readonly notes: Readonly<Record<string, string>>
}

export const restrictionGroups: readonly Group[] = [
  {
    title: 'About the client',
    intro: 'What is known from the connection alone.',
    notes: {
      permit_mynetworks: 'Permits clients in `mynetworks`.',
      permit_inet_interfaces: 'Permits clients that have one of our own addresses.',
      permit_sasl_authenticated: 'Permits clients that have logged in.',
      permit_tls_clientcerts:
        'Permits clients whose certificate, or its public key, is listed by its fingerprint in `relay_clientcerts`.',
      permit_tls_all_clientcerts: 'Permits clients that have shown a certificate of an authority in `tls.client_ca`.',
      reject_unknown_client_hostname:
        'Refuses (450) where the reverse name is missing, or does not lead back to the client.',
      reject_unknown_reverse_client_hostname: 'Refuses (450) where there is no reverse name.',
      reject_unknown_forward_client_hostname: 'Refuses (450) where there is no reverse name, or it has no address.',
      check_client_access: 'Looks up the client’s name, its parent domains, its address and its networks.',
      check_reverse_client_hostname_access: 'Looks up the reverse name, confirmed or not, and its parent domains.',
      check_sasl_access: 'Looks up the name of the login.',
      check_ccert_access:
        'Looks up the fingerprint of the client’s certificate, then that of its public key (`client_certificates = "ask"`).',
      check_client_a_access: 'Looks up the addresses of the client’s name. In all of these families OK is not allowed.',
      check_client_mx_access: 'Looks up the mail exchangers of the client’s name: their names and addresses.',
      check_client_ns_access: 'Looks up the name servers of the client’s name: their names and addresses.',
      check_reverse_client_hostname_a_access: 'The same for the reverse name: its addresses.',
      check_reverse_client_hostname_mx_access: 'The same for the reverse name: its mail exchangers.',
      check_reverse_client_hostname_ns_access: 'The same for the reverse name: its name servers.',
      reject_rbl_client: 'Refuses (554) where a DNS block list lists the client’s address.',
      reject_rhsbl_client: 'Refuses (554) where a DNS block list lists the client’s confirmed name.',
      reject_rhsbl_reverse_client: 'Refuses (554) where a DNS block list lists the client’s reverse name.',
      permit_dnswl_client:
        'Permits, for recipients of ours, where a DNS welcome list lists the client’s address. Never opens the relay.',
      permit_rhswl_client:
        'Permits, for recipients of ours, where a DNS welcome list lists the client’s name. Never opens the relay.',
    },
  },
  {
    title: 'About HELO and EHLO',
    intro: 'What the client calls itself.',
    notes: {
      reject_invalid_helo_hostname: 'Refuses (501) what is neither a host name nor an address.',
      reject_non_fqdn_helo_hostname: 'Refuses (504) what is not a full domain name or an address in brackets.',
      reject_unknown_helo_hostname: 'Refuses (450) a name without A, AAAA or MX record.',
      check_helo_access:
        'Looks up the name and its parent domains. The client chooses this name, so OK is not allowed.',
      check_helo_a_access: 'Looks up the addresses of the name.',
      check_helo_mx_access: 'Looks up the mail exchangers of the name.',
      check_helo_ns_access: 'Looks up the name servers of the name.',
      reject_rhsbl_helo: 'Refuses (554) where a DNS block list lists the name.',
    },
  },
  {
    title: 'About the sender',
    intro: 'The reverse-path of MAIL FROM. The null reverse-path passes all of these.',
    notes: {
      reject_non_fqdn_sender: 'Refuses (504) a domain that is not a full one.',
      reject_unknown_sender_domain:
        'Refuses (450) a domain without MX, A or AAAA record, and (550) one that takes no mail (null MX).',
      reject_unlisted_sender: 'Refuses (550) a sender in a domain of ours that does not exist there.',
      reject_sender_login_mismatch:
        'Refuses (553) a login that does not own the sender, and strangers who use an owned one.',
      reject_authenticated_sender_login_mismatch: 'The same, for clients that have logged in.',
      reject_unauthenticated_sender_login_mismatch: 'The same, for clients that have not.',
      reject_known_sender_login_mismatch: 'The same, where the sender has an owner at all.',
      check_sender_access: 'Looks up the address, its domain and parent domains, and its local part.',
      check_sender_a_access: 'Looks up the addresses of the domain.',
      check_sender_mx_access: 'Looks up the mail exchangers of the domain.',
      check_sender_ns_access: 'Looks up the name servers of the domain.',
      reject_unverified_sender: 'Refuses (450) a sender that its own mail host would refuse; asks that host.',
      reject_rhsbl_sender: 'Refuses (554) where a DNS block list lists the domain.',
    },
  },
  {
    title: 'About the recipient',
    intro: 'RCPT TO. One of the first three must stand in `restrictions.relay` or `restrictions.recipient`.',
    notes: {
      reject_unauth_destination: 'Refuses (554) recipients that are not ours: what keeps us from being an open relay.',
      defer_unauth_destination: 'The same with 450, for trying out a configuration.',
      permit_auth_destination: 'Permits recipients that are ours.',
      reject_non_fqdn_recipient: 'Refuses (504) a domain that is not a full one.',
      reject_unknown_recipient_domain:
        'Refuses (450) a domain without MX, A or AAAA record, and (556) one that takes no mail (null MX).',
      reject_unlisted_recipient: 'Refuses (550) a recipient that does not exist in a domain of ours.',
      check_recipient_access: 'Looks up the address, its domain and parent domains, and its local part.',
      check_recipient_a_access: 'Looks up the addresses of the domain.',
      check_recipient_mx_access: 'Looks up the mail exchangers of the domain.',
      check_recipient_ns_access: 'Looks up the name servers of the domain.',
      reject_unverified_recipient: 'Refuses (450) a recipient that its next hop would refuse; asks that host.',
      permit_mx_backup:
        'Permits recipients whose domain names us among its MX hosts, within `permit_mx_backup_networks`.',
      reject_rhsbl_recipient: 'Refuses (554) where a DNS block list lists the domain.',
    },
  },
  {
    title: 'For any list',
    intro: 'They decide by themselves, or by how the client behaves.',
    notes: {
      permit: 'Permits.',
      reject: 'Refuses (554).',
      defer: 'Refuses for now (450).',
      defer_if_permit: 'Refuses for now if the mail would be permitted in the end.',
      defer_if_reject: 'Turns a later refusal into one for now.',
      warn_if_reject: 'Makes the restriction after it only write what it would have refused into the log.',
      sleep: 'Waits; for clients that give up early.',
      reject_plaintext_session: 'Refuses (450) a session without TLS.',
      reject_unauth_pipelining: 'Refuses (503) a client that has sent commands ahead of their turn.',
      reject_multi_recipient_bounce: 'Refuses (550) several recipients from the null reverse-path. For `data`.',
      check_policy_service:
        'Asks a program in the policy delegation protocol (postgrey, policyd): `inet:host:port`, `unix:path`, or either with options in braces.',
      check_etrn_access: 'Looks up the argument of ETRN. For `etrn`.',
    },
  },
  {
    title: 'Ours',
    intro: 'Postfix has none of these.',
    notes: {
      greylist:
        'Refuses (450) an unknown triplet of client network, sender and recipient until it comes again after `greylist_delay`.',
      rate_limit: 'Refuses (450) what goes beyond a rate: `rate_limit client=100/1h`; it counts each time it is asked.',
      score: 'Before a restriction: what it would refuse becomes evidence of so many points: `score 2.5 SYMBOL …`.',
    },
  },
  {
    title: 'Old names',
    intro: 'Names of Postfix before 2.3, still found in configurations.',
    notes: {
      reject_unknown_client: 'reject_unknown_client_hostname',
      reject_invalid_hostname: 'reject_invalid_helo_hostname',
      reject_non_fqdn_hostname: 'reject_non_fqdn_helo_hostname',
      reject_unknown_hostname: 'reject_unknown_helo_hostname',
      reject_unknown_address: 'reject_unknown_sender_domain',
      check_recipient_maps: 'reject_unlisted_recipient',
    },
  },
]
