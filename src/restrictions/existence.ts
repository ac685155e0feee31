// SPDX-License-Identifier: Apache-2.0
/** Could mail be sent to this name, by what DNS says (RFC 5321 §5.1)? */
import type { DnsAnswer, MxRecord, Resolver } from '../core/ports.ts'
import { isHostname } from './hostname.ts'

export type LookupOrder = readonly ('a' | 'aaaa' | 'mx')[]

export type MailHost =
  | { readonly kind: 'exists'; readonly by: 'a' | 'aaaa' | 'mx' }
  /** The name says that it takes no mail (RFC 7505). */
  | { readonly kind: 'null-mx' }
  /** MX records, none of which names a host. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'tempfail'; readonly because: string }

/** Asks in this order until something is found. A doubt in between counts only when nothing is found. */
export async function mailHost(
  dns: Resolver,
  name: string,
  order: LookupOrder,
  signal: AbortSignal,
): Promise<MailHost> {
  let doubtful: MailHost | null = null
  for (const type of order) {
    const answer: DnsAnswer<string | MxRecord> = await dns[type](name, signal)
    if (answer.kind === 'nxdomain') break
    if (answer.kind === 'tempfail')
      doubtful ??= { kind: 'tempfail', because: `${type.toUpperCase()}: ${answer.because}` }
    if (answer.kind !== 'found') continue
    return type === 'mx' ? judgeMx(answer.records as readonly MxRecord[]) : { kind: 'exists', by: type }
  }
  return doubtful ?? { kind: 'absent' }
}

function judgeMx(records: readonly MxRecord[]): MailHost {
  const [only] = records
  if (records.length === 1 && only?.exchange === '') return { kind: 'null-mx' }
  return records.some((record) => isHostname(record.exchange)) ? { kind: 'exists', by: 'mx' } : { kind: 'malformed' }
}
