// SPDX-License-Identifier: Apache-2.0
/** eval tests of what sender authentication found: SPF, DKIM, ARC, DMARC, and the lists that ask for them. */
import type { AuthReport } from '../core/auth.ts'
import { type EvalTests, yes } from './evals-kit.ts'
import { allFrom } from './evals-lists.ts'
import { matchesGlob } from './globs.ts'
import { listOf } from './settings.ts'
import type { EvalTest, Views } from './views.ts'

/** Nothing hits where authentication was not done. */
function ifKnown(test: (auth: AuthReport, views: Views, args: readonly string[]) => string | null): EvalTest {
  return (views, args) => (views.facts.auth === null ? null : test(views.facts.auth, views, args))
}

const spf = (wanted: string): EvalTest => ifKnown((auth) => yes(auth.spf.result === wanted, wanted))
/** Where there is no sender, what was checked is what HELO said (RFC 7208 §2.4). */
const helo = (wanted: string): EvalTest =>
  ifKnown((auth, views) => yes(views.facts.reversePath === null && auth.spf.result === wanted, wanted))
const policy = (wanted: 'none' | 'quarantine' | 'reject'): EvalTest =>
  ifKnown((auth) => yes(auth.dmarc.result === 'fail' && auth.dmarc.policy === wanted, wanted))

/** Domains in arguments restrict whose signature counts. */
function validSignature(aligned: boolean): EvalTest {
  return ifKnown((auth, _, args) => {
    const good = auth.dkim.find(
      (one) =>
        one.result === 'pass' &&
        (one.aligned || !aligned) &&
        (args.length === 0 || args.some((domain) => one.domain === domain || one.domain.endsWith(`.${domain}`))),
    )
    return good?.domain ?? null
  })
}

function signsEnvelope(auth: AuthReport, views: Views): string | null {
  const domain = /@([^@]+)$/.exec(views.fields.envelopeFrom ?? '')?.[1]?.toLowerCase() ?? ''
  const good = auth.dkim.find(
    ({ result, domain: by }) => result === 'pass' && (domain === by || domain.endsWith(`.${by}`)),
  )
  return good?.domain ?? null
}

function bySpf(...lists: readonly string[]): EvalTest {
  return ifKnown((auth, views) => {
    const sender = views.fields.envelopeFrom ?? ''
    if (auth.spf.result !== 'pass' || sender === '') return null
    return lists.some((list) => listOf(views.settings, list).match(sender)) ? sender : null
  })
}

/** "*@example.org" or "*@example.org signer.example": the signer is the author's domain where none is named. */
function byDkim(pairs: string, globs: string): EvalTest {
  return ifKnown((auth, views) => {
    const signers = auth.dkim.filter((one) => one.result === 'pass').map((one) => one.domain.toLowerCase())
    if (signers.length === 0) return null
    const from = allFrom(views).map((one) => one.toLowerCase())
    const signs = (address: string): boolean =>
      signers.some((signer) => address.endsWith(`@${signer}`) || address.endsWith(`.${signer}`))
    const listed = from.find((one) => signs(one) && listOf(views.settings, globs).match(one))
    if (listed !== undefined) return listed
    for (const entry of views.settings.receivedLists.get(pairs) ?? [])
      for (const one of from)
        if (matchesGlob(entry.address, one) && (entry.from === '' ? signs(one) : signers.includes(entry.from as never)))
          return one
    return null
  })
}

export const authTests: EvalTests = {
  check_for_spf_pass: spf('pass'),
  check_for_spf_fail: spf('fail'),
  check_for_spf_softfail: spf('softfail'),
  check_for_spf_neutral: spf('neutral'),
  check_for_spf_none: spf('none'),
  check_for_spf_permerror: spf('permerror'),
  check_for_spf_temperror: spf('temperror'),
  check_for_spf_helo_pass: helo('pass'),
  check_for_spf_helo_fail: helo('fail'),
  check_for_spf_helo_softfail: helo('softfail'),
  check_for_spf_helo_neutral: helo('neutral'),
  check_for_spf_helo_none: helo('none'),
  check_for_spf_helo_permerror: helo('permerror'),
  check_for_spf_helo_temperror: helo('temperror'),
  check_for_spf_welcomelist_from: bySpf('welcomelist_from_spf', 'welcomelist_auth'),
  check_for_def_spf_welcomelist_from: bySpf('def_welcomelist_from_spf', 'def_welcomelist_auth'),
  check_dkim_signed: ifKnown((_, views) => yes(views.message.headers.first('dkim-signature') !== null)),
  check_dkim_valid: validSignature(false),
  check_dkim_valid_author_sig: validSignature(true),
  check_dkim_valid_envelopefrom: ifKnown(signsEnvelope),
  check_dkim_dependable: () => null,
  check_dkim_testing: () => null,
  check_dkim_signall: () => null,
  check_dkim_signsome: () => null,
  check_dkim_adsp: () => null,
  check_for_dkim_welcomelist_from: byDkim('welcomelist_from_dkim', 'welcomelist_auth'),
  check_for_def_dkim_welcomelist_from: byDkim('def_welcomelist_from_dkim', 'def_welcomelist_auth'),
  check_arc_signed: ifKnown((_, views) => yes(views.message.headers.first('arc-seal') !== null)),
  check_arc_valid: ifKnown((auth) => yes(auth.arc.result === 'pass')),
  check_dmarc_pass: ifKnown((auth) => yes(auth.dmarc.result === 'pass')),
  check_dmarc_missing: ifKnown((auth) => yes(auth.dmarc.result === 'none')),
  check_dmarc_none: policy('none'),
  check_dmarc_quarantine: policy('quarantine'),
  check_dmarc_reject: policy('reject'),
}
