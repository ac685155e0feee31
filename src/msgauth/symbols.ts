// SPDX-License-Identifier: Apache-2.0
/** What sender authentication may say about a message, with proposed points. */
import type { SymbolName } from '../core/brand.ts'
import { type Evidence, fact, type SymbolSpec } from '../core/evidence.ts'
import type { DkimFinding, DmarcFinding, Findings } from './findings.ts'

const table: readonly (readonly [name: string, points: number, describes: string])[] = [
  ['SPF_PASS', -0.1, 'The client may send for the domain of the reverse-path.'],
  ['SPF_FAIL', 1.5, 'The domain of the reverse-path says that the client may not send for it.'],
  ['SPF_SOFTFAIL', 0.7, 'The domain of the reverse-path says that the client probably may not send for it.'],
  ['SPF_NEUTRAL', 0.2, 'The domain of the reverse-path neither allows nor denies the client.'],
  ['SPF_NONE', 0.1, 'The domain of the reverse-path publishes no SPF policy.'],
  ['SPF_TEMPERROR', 0, 'The SPF policy could not be read for now.'],
  ['SPF_PERMERROR', 0.4, 'The SPF policy cannot be understood.'],
  ['SPF_HELO_PASS', 0, 'The client may use the name it greeted with.'],
  ['SPF_HELO_FAIL', 0.8, 'The name the client greeted with denies the client.'],
  ['DKIM_PASS', -0.1, 'At least one DKIM signature is good.'],
  ['DKIM_ALIGNED', -0.2, 'A good DKIM signature is by the domain of the author.'],
  ['DKIM_FAIL', 0.2, 'There are DKIM signatures and none is good: one does not match the message.'],
  ['DKIM_TEMPERROR', 0, 'A DKIM key could not be read for now.'],
  ['DKIM_PERMERROR', 0.2, 'There are DKIM signatures and none can be judged.'],
  ['DKIM_NONE', 0.1, 'The message is not signed.'],
  ['DKIM_WEAK', 0.2, 'A DKIM signature would be good, but its key or its hash is too weak to count.'],
  ['DKIM_PARTIAL', 0.5, 'The only good DKIM signatures leave the end of the body unsigned (l=).'],
  ['DKIM_TOO_MANY', 1, 'There are more or larger DKIM signatures than are read.'],
  ['ARC_PASS', 0, 'The ARC chain is whole.'],
  ['ARC_TRUSTED', -0.3, 'The ARC chain is whole and every sealer is trusted.'],
  ['ARC_FAIL', 0.2, 'The ARC chain is broken.'],
  ['ARC_TEMPERROR', 0, 'An ARC key could not be read for now.'],
  ['ARC_NONE', 0, 'There is no ARC chain.'],
  ['DMARC_PASS', -0.4, 'The domain of the author is proven.'],
  ['DMARC_FAIL_NONE', 0.5, 'The domain of the author is not proven; its owner asks for nothing.'],
  ['DMARC_FAIL_QUARANTINE', 3, 'The domain of the author is not proven; its owner asks for quarantine.'],
  ['DMARC_FAIL_REJECT', 6, 'The domain of the author is not proven; its owner asks for refusal.'],
  ['DMARC_ARC_OVERRIDE', 0, 'The domain of the author is not proven, but a trusted forwarder saw that it was.'],
  ['DMARC_SAMPLED_OUT', 0, 'Less is done than the owner of the author domain asks: pct= or t=y of the record.'],
  ['DMARC_NONE', 0, 'The domain of the author publishes no DMARC policy.'],
  ['DMARC_TEMPERROR', 0, 'The DMARC policy could not be read for now.'],
  ['DMARC_PERMERROR', 0.8, 'There is not exactly one author domain to ask.'],
]

/** Every symbol of this room. The points are proposals: verdict/ sets the price. */
export const authSymbols: readonly SymbolSpec[] = table.map(([name, points, describes]) => ({
  name: name as SymbolName,
  group: 'msgauth',
  points,
  describes,
  source: 'msgauth',
}))

const short = (because: string): string[] => (because === '' ? [] : [because.slice(0, 200)])

function dkimEvidence(dkim: readonly DkimFinding[]): Evidence[] {
  const details = dkim.map((d) => `${d.domain}/${d.selector} ${d.result}`)
  const passed = dkim.filter((d) => d.result === 'pass')
  if (dkim.length === 0) return [fact('DKIM_NONE')]
  const weak = dkim.filter((d) => d.result === 'policy').map((d) => `${d.domain}/${d.selector} ${d.because}`)
  return [...dkimResult(dkim, passed, details), ...(weak.length > 0 ? [fact('DKIM_WEAK', ...weak)] : [])]
}

function dkimResult(dkim: readonly DkimFinding[], passed: readonly DkimFinding[], details: string[]): Evidence[] {
  if (passed.length > 0) {
    const found = [fact('DKIM_PASS', ...details)]
    if (passed.some((d) => d.aligned)) found.push(fact('DKIM_ALIGNED'))
    if (passed.every((d) => d.unsignedBytes > 0)) found.push(fact('DKIM_PARTIAL'))
    return found
  }
  if (dkim.some((d) => d.result === 'temperror')) return [fact('DKIM_TEMPERROR', ...details)]
  // RFC 6376 §3.6.1: mail under a key in test mode is treated as if it were not signed.
  if (dkim.every((d) => d.testing)) return [fact('DKIM_NONE', ...details)]
  return [fact(dkim.some((d) => d.result === 'fail') ? 'DKIM_FAIL' : 'DKIM_PERMERROR', ...details)]
}

function dmarcEvidence(dmarc: DmarcFinding): Evidence[] {
  const override = dmarc.override === null || dmarc.override === 'trusted_forwarder' ? [] : [dmarc.override]
  return [dmarcResult(dmarc), ...override.map((reason) => fact('DMARC_SAMPLED_OUT', reason))]
}

function dmarcResult(dmarc: DmarcFinding): Evidence {
  const details = [dmarc.domain, ...short(dmarc.because)].filter((text) => text !== '')
  switch (dmarc.result) {
    case 'pass':
      return fact('DMARC_PASS', ...details)
    case 'none':
      return fact('DMARC_NONE', ...details)
    case 'temperror':
      return fact('DMARC_TEMPERROR', ...details)
    case 'fail':
      if (dmarc.override === 'trusted_forwarder') return fact('DMARC_ARC_OVERRIDE', ...details)
      return fact(`DMARC_FAIL_${(dmarc.policy ?? 'none').toUpperCase()}`, ...details)
    default:
      return fact('DMARC_PERMERROR', ...details)
  }
}

/** The findings as facts, always in the same order. */
export function toEvidence(findings: Findings, sealersTrusted: boolean, unread: number): Evidence[] {
  const { spf, heloSpf, dkim, arc, dmarc } = findings
  const evidence = [fact(`SPF_${spf.result.toUpperCase()}`, spf.domain, ...short(spf.because))]
  if (heloSpf?.result === 'pass') evidence.push(fact('SPF_HELO_PASS', heloSpf.domain))
  if (heloSpf?.result === 'fail') evidence.push(fact('SPF_HELO_FAIL', heloSpf.domain))
  evidence.push(...dkimEvidence(dkim))
  if (unread > 0) evidence.push(fact('DKIM_TOO_MANY', String(unread)))
  if (arc.result === 'pass') evidence.push(fact(sealersTrusted ? 'ARC_TRUSTED' : 'ARC_PASS', ...arc.sealers))
  else if (arc.result === 'none') evidence.push(fact('ARC_NONE'))
  else evidence.push(fact(arc.result === 'temperror' ? 'ARC_TEMPERROR' : 'ARC_FAIL', ...short(arc.because)))
  evidence.push(...dmarcEvidence(dmarc))
  return evidence
}
