// SPDX-License-Identifier: Apache-2.0
/** Conditions of if and ifplugin lines: what of SpamAssassin is here. */
import { compileExpression, parseExpression } from './expression.ts'

/** The SpamAssassin whose rule language this is: 4.0.1. */
const version = 4.000001
const perlVersion = 5.036

/** Plugins whose rule types or eval tests are here, by the last part of their name. */
const plugins = new Set(
  'BodyEval Check DKIM DMARC DNSEval FreeMail FromNameSpoof HTMLEval HTTPSMismatch HashBL HeaderEval ImageInfo MIMEEval MIMEHeader RelayEval ReplaceTags SPF URIDNSBL URIDetail URIEval VBounce WLBLEval WelcomeListSubject AskDNS'.split(
    ' ',
  ),
)
const prefix = 'Mail::SpamAssassin::Plugin::'

/** Language features that rule files ask for with can(): "Conf::feature_x", "Plugin::Name::has_y". */
const features = new Set(
  `Conf::feature_bug6558_free Conf::feature_yesno_takes_args Conf::perl_min_version_5010000
  Conf::feature_bayes_auto_learn_on_error Conf::feature_originating_ip_headers Conf::feature_registryboundaries
  Conf::feature_uri_host_listed Conf::feature_dns_query_restriction Conf::feature_dns_block_rule
  Conf::feature_welcomelist_blocklist Conf::feature_blocklist_welcomelist Conf::compat_welcomelist_blocklist
  Conf::feature_compile_regexp Conf::feature_get_host Conf::feature_header_address_parser
  Conf::feature_header_first_last Conf::feature_header_match_many Conf::feature_local_tests_only
  Conf::feature_capture_rules Conf::has_tflags_nosubject Conf::has_tflags_nolog Conf::feature_subjprefix
  Conf::feature_dns_local_ports_permit_avoid Conf::feature_edns Conf::feature_geodb
  Plugin::BodyEval::has_check_body_length Plugin::BodyEval::has_plaintext_body_sig_ratio
  Plugin::MIMEEval::has_check_abundant_unicode_ratio Plugin::MIMEEval::has_check_for_ascii_text_illegal
  Plugin::MIMEEval::has_check_qp_ratio Plugin::MIMEHeader::has_all_header Plugin::MIMEHeader::has_tflags_range
  Plugin::MIMEHeader::has_tflags_concat Plugin::MIMEHeader::has_tflags_multiple
  Plugin::URIDNSBL::has_tflags_domains_only Plugin::URIDNSBL::has_subtest_for_ranges
  Plugin::URIDNSBL::has_uridnsbl_for_a Plugin::URIDNSBL::has_uridnsbl_a_ns Plugin::URIDNSBL::has_tflags_notrim
  Plugin::URIDNSBL::has_uridnsbl_skip_mailto Plugin::URIDetail::has_host_key Plugin::DKIM::has_arc
  Plugin::SPF::has_check_for_spf_errors Plugin::SPF::has_check_spf_skipped_noenvfrom
  Plugin::DNSEval::has_tflags_domains_only Plugin::DNSEval::has_tflags_ips_only Plugin::AskDNS::has_tag_header
  Plugin::HashBL::has_hashbl_bodyre Plugin::HashBL::has_hashbl_bodyre_num Plugin::HashBL::has_hashbl_emails
  Plugin::HashBL::has_hashbl_uris Plugin::HashBL::has_hashbl_ignore Plugin::HashBL::has_hashbl_email_regex
  Plugin::HashBL::has_hashbl_email_welcomelist Plugin::HashBL::has_hashbl_email_whitelist
  Plugin::HashBL::has_hashbl_tag Plugin::HashBL::has_hashbl_sha256 Plugin::HashBL::has_hashbl_attachments
  Plugin::HashBL::has_hashbl_email_domain Plugin::HashBL::has_hashbl_email_domain_alias`
    .trim()
    .split(/\s+/)
    .map((name) => `Mail::SpamAssassin::${name}`),
)

/** True when what the line asks for is here. Throws ExpressionError when it cannot be read. */
export function holds(condition: string): boolean {
  const text = condition.replace(/\bplugin\s*\(\s*([\w:]+)\s*\)/g, 'plugin($1)')
  const test = compileExpression<null>(parseExpression(text), (name, argument) => {
    const value = answer(name, argument)
    return () => value
  })
  return test(null) !== 0
}

function answer(name: string, argument: string | null): number {
  switch (name) {
    case 'version':
      return version
    case 'perl_version':
      return perlVersion
    case 'plugin':
      return plugins.has((argument ?? '').replace(prefix, '')) ? 1 : 0
    case 'can':
    case 'has':
      return features.has(argument ?? '') ? 1 : 0
    case 'true':
      return 1
    default:
      return 0
  }
}
