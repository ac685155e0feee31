// SPDX-License-Identifier: Apache-2.0
/** Does the reverse name of a client lead back to it (RFC 8601 §2.7.3, "iprev")? */
import type { Domain } from '../core/brand.ts'
import type { Clock, Resolver } from '../core/ports.ts'
import type { Ptr } from '../core/session.ts'
import { parseIp, printIp } from '../kit/cidr.ts'

export interface ReverseOptions {
  readonly dns: Resolver
  readonly clock: Clock
  /** Milliseconds for the whole of it, reverse and forward. */
  readonly deadlineMs: number
}

/** The platform's default for the whole confirmation: a client waits for its banner meanwhile. */
export const reverseDeadlineMs = 8000

/** Names tried in the forward direction: an address with a hundred names is not worth a hundred questions. */
const maxNames = 5

type Forward = 'confirmed' | 'mismatch' | 'no-address' | 'tempfail'

/**
 * The reverse name of an address. With several PTR records the first one that leads back counts; when none does, the
 * first one is the claimed name. Never throws; a wait that is cut short is a tempfail.
 */
export async function lookUpPtr(ip: string, options: ReverseOptions, signal?: AbortSignal): Promise<Ptr> {
  const words = parseIp(ip)
  if (words === null) return { kind: 'absent' }
  const over = new AbortController()
  const whole = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
  const answered = new AbortController()
  options.clock.sleep(options.deadlineMs, answered.signal).then(
    () => over.abort(),
    () => undefined,
  )
  try {
    return await confirm(printIp(words), words.length === 1, options.dns, whole)
  } finally {
    answered.abort()
  }
}

async function confirm(ip: string, isV4: boolean, dns: Resolver, signal: AbortSignal): Promise<Ptr> {
  const reverse = await dns.ptr(ip, signal)
  if (reverse.kind === 'tempfail') return { kind: 'tempfail' }
  if (reverse.kind !== 'found') return { kind: 'absent' }
  const names = reverse.records.slice(0, maxNames)
  const results = await Promise.all(names.map((name) => leadsBack(name, ip, isV4, dns, signal)))
  const confirmed = names.find((_, i) => results[i] === 'confirmed')
  if (confirmed !== undefined) return { kind: 'confirmed', name: confirmed }
  const [claimed] = names
  if (claimed === undefined) return { kind: 'absent' }
  // One name that could not be asked might have been the one: doubt goes before denial.
  const because = results.includes('tempfail') ? 'tempfail' : results.includes('mismatch') ? 'mismatch' : 'no-address'
  return { kind: 'unconfirmed', claimed, because }
}

async function leadsBack(
  name: Domain,
  ip: string,
  isV4: boolean,
  dns: Resolver,
  signal: AbortSignal,
): Promise<Forward> {
  const answer = isV4 ? await dns.a(name, signal) : await dns.aaaa(name, signal)
  if (answer.kind === 'tempfail') return 'tempfail'
  if (answer.kind !== 'found') return 'no-address'
  const same = answer.records.some((record) => {
    const words = parseIp(record)
    return words !== null && printIp(words) === ip
  })
  return same ? 'confirmed' : 'mismatch'
}
