// SPDX-License-Identifier: Apache-2.0
/** pct= of RFC 7489 §6.6.4, which RFC 9989 replaced by t=: still found in many records. */
import type { DmarcFinding, DmarcPolicy } from './findings.ts'
import { parseTagList } from './tag-list.ts'

/** What a message that is not in the sample gets instead. */
const weaker: Readonly<Record<DmarcPolicy, DmarcPolicy>> = { reject: 'quarantine', quarantine: 'none', none: 'none' }

/** pct= of a record; 100 where there is none, or where t= took its place. */
export function percentOf(record: string): number {
  const { tags } = parseTagList(record)
  const text = tags.get('pct') ?? ''
  return tags.has('t') || !/^[0-9]{1,3}$/.test(text) ? 100 : Math.min(100, Number(text))
}

/**
 * The finding after the owner's sampling: a failing message outside of it gets one less than the policy.
 * @param sample draws 0 to 99; must be chance, for a sender who could foresee it would choose
 */
export function applySampling(finding: DmarcFinding, record: string, sample: () => number): DmarcFinding {
  const percent = percentOf(record)
  if (finding.result !== 'fail' || finding.policy === null || finding.policy === 'none') return finding
  if (percent === 100 || sample() < percent) return finding
  return { ...finding, policy: weaker[finding.policy], override: 'sampled_out' }
}
