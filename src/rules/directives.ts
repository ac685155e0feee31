// SPDX-License-Identifier: Apache-2.0
/** Words that may begin a line of a rule file. */

/** What defines or changes a rule. */
export const ruleDirectives: ReadonlySet<string> = new Set([
  'header',
  'body',
  'rawbody',
  'full',
  'uri',
  'mimeheader',
  'uri_detail',
  'askdns',
  'meta',
  'describe',
  'score',
  'tflags',
  'priority',
])

/**
 * Words of SpamAssassin's configuration that are no rules, or rules of plugins that are not here. They are listed by
 * lint and otherwise passed over, so that files written for it can be used as they are.
 */
export const otherDirectives: ReadonlySet<string> = new Set(
  `
  test lang require_version version_tag required_score required_hits rewrite_header rewrite_subject report_safe report
  clear_report_template report_contact report_hostname unsafe_report unsafe_report_template
  clear_unsafe_report_template add_header remove_header clear_headers fold_headers
  report_safe_copy_headers ok_locales ok_languages normalize_charset loadplugin tryplugin loadplugin_prepend
  trusted_networks internal_networks msa_networks clear_trusted_networks clear_internal_networks clear_msa_networks
  always_trust_envelope_sender originating_ip_headers envelope_sender_header dns_server
  clear_dns_servers dns_options dns_test_interval dns_local_ports_permit dns_local_ports_avoid
  rbl_timeout lock_method fold_case util_rb_tld
  util_rb_2tld util_rb_3tld clear_util_rb use_bayes use_bayes_rules use_learner use_auto_welcomelist use_auto_whitelist
  use_txrep use_razor2 use_pyzor use_dcc use_dcc_rep
  bayes_path bayes_file_mode bayes_auto_learn bayes_auto_learn_threshold_nonspam bayes_auto_learn_threshold_spam
  bayes_ignore_header bayes_ignore_from bayes_ignore_to bayes_min_ham_num bayes_min_spam_num bayes_learn_during_report
  bayes_sql_override_username bayes_use_hapaxes bayes_journal_max_size bayes_expiry_max_db_size bayes_auto_expire
  bayes_learn_to_journal bayes_token_sources bayes_stopword_languages bayes_max_stopword_length bayes_store_module
  bayes_sql_dsn bayes_sql_username bayes_sql_password auto_learn_force
  welcomelist_from unwelcomelist_from welcomelist_from_rcvd welcomelist_allow_relays unwelcomelist_from_rcvd
  welcomelist_to blocklist_from unblocklist_from blocklist_to welcomelist_auth unwelcomelist_auth welcomelist_from_dkim
  unwelcomelist_from_dkim welcomelist_from_spf def_welcomelist_from_rcvd def_welcomelist_auth def_welcomelist_from_dkim
  def_welcomelist_from_spf more_spam_to all_spam_to enlist_uri_host delist_uri_host enlist_addrlist blocklist_uri_host
  welcomelist_uri_host whitelist_from unwhitelist_from whitelist_from_rcvd whitelist_allow_relays whitelist_to
  blacklist_from unblacklist_from blacklist_to whitelist_auth unwhitelist_auth whitelist_from_dkim whitelist_from_spf
  def_whitelist_from_rcvd def_whitelist_auth def_whitelist_from_dkim def_whitelist_from_spf blacklist_uri_host
  whitelist_uri_host welcomelist_subject blocklist_subject whitelist_subject blacklist_subject
  uridnsbl_timeout uri_detail uri_block uri_block_cont uri_block_isp uri_block_exclude
  redirector_pattern parse_dkim_uris asn_lookup asn_lookup_ipv6 asn_use_dns asn_use_geodb asn_prefix
  freemail_domains freemail_import_welcomelist_auth freemail_welcomelist freemail_whitelist freemail_max_body_emails
  freemail_max_body_freemails freemail_skip_when_over_max freemail_skip_bulk_envfrom freemail_add_describe_email
  util_rb_freemail dkim_timeout dkim_minimum_key_bits adsp_override spf_timeout shortcircuit shortcircuit_spam_score
  shortcircuit_ham_score replace_rules replace_tag replace_pre replace_inter replace_post replace_start replace_end
  time_limit url_shortener url_shortener_get clear_url_shortener url_shortener_user_agent max_short_urls
  body_part_scan_size rawbody_part_scan_size user_scores_dsn allow_user_rules txrep_factor auto_welcomelist_factor
  auto_whitelist_factor bounce_relays vbounce_relays welcomelist_bounce_relays whitelist_bounce_relays
  tocc_max_recipients reuse pdfinfo olemacro_num_mime mail_host geodb_options country_db_path util_uri
  razor_config pyzor_options pyzor_max dcc_home dcc_body_max auth_welcomelist shortcircuit_options
  dmarc_save_reports dnswl_config bodyhash regression_tests
`
    .trim()
    .split(/\s+/),
)
