// SPDX-License-Identifier: Apache-2.0
/** BIMI as information: what the author's domain says about its picture. Nothing is fetched, nothing is vouched for. */
import type { DnsAnswer, Resolver } from '../core/ports.ts'
import type { BimiFinding, DmarcFinding } from './findings.ts'
import { parseTagList, type TagList } from './tag-list.ts'

const isAssertion = (record: string): boolean => /^v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|$)/i.test(record)

/** Only an https URL is told on; the certificate's may be missing (draft-brand-indicators §4.3). */
const isUrl = (text: string): boolean => text === '' || (/^https:\/\/[\x21-\x7e]+$/i.test(text) && text.length <= 1000)

async function assertionAt(dns: Resolver, domain: string): Promise<DnsAnswer<TagList>> {
  const answer = await dns.txt(`default._bimi.${domain}`)
  if (answer.kind !== 'found') return answer
  const records = answer.records.filter(isAssertion)
  const [record] = records
  return record === undefined || records.length > 1
    ? { kind: 'nodata' }
    : { ...answer, records: [parseTagList(record)] }
}

function read({ tags, broken }: TagList, domain: string): BimiFinding {
  const location = tags.get('l') ?? ''
  const authority = tags.get('a') ?? ''
  if (broken !== '' || !tags.has('l') || !isUrl(location) || !isUrl(authority)) {
    return { result: 'permerror', domain, location: '', authority: '' }
  }
  return { result: location === '' && authority === '' ? 'declined' : 'pass', domain, location, authority }
}

/**
 * The assertion record of a proven author whose domain enforces DMARC; "skipped" for anybody else.
 * @param organization the author's organizational domain, asked where the author domain has no record
 */
export async function lookUpBimi(dmarc: DmarcFinding, organization: string, dns: Resolver): Promise<BimiFinding> {
  const { domain } = dmarc
  const nothing = { domain, location: '', authority: '' }
  const enforces = dmarc.policy === 'quarantine' || dmarc.policy === 'reject'
  if (dmarc.result !== 'pass' || !enforces) return { ...nothing, result: 'skipped' }
  for (const name of new Set([domain, organization])) {
    const answer = await assertionAt(dns, name)
    if (answer.kind === 'tempfail') return { ...nothing, result: 'temperror' }
    const [record] = answer.kind === 'found' ? answer.records : []
    if (record !== undefined) return read(record, name)
  }
  return { ...nothing, result: 'none' }
}
