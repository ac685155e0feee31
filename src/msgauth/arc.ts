// SPDX-License-Identifier: Apache-2.0
/** ARC chain validation (RFC 8617 §5.2) over our own canonical forms. */
import type { Resolver } from '../core/ports.ts'
import { parseResults } from './ar-parse.ts'
import { type ArcSet, readArcResults, readArcSets } from './arc-sets.ts'
import type { Canonicalization } from './canonical.ts'
import type { ArcFinding } from './findings.ts'
import { fetchKey } from './public-key.ts'
import { type Signature, tagsOf } from './signature.ts'
import { isSignedBy, type SignedMessage, withoutSignature } from './signed-message.ts'

interface Trouble {
  readonly result: 'fail' | 'temperror'
  readonly because: string
}

const fail = (because: string): Trouble => ({ result: 'fail', because })

/** The order in which a seal covers its own and all earlier sets (RFC 8617 §5.1.1), its own b= emptied. */
export function sealedData(message: SignedMessage, sets: readonly ArcSet[]): string {
  let data = ''
  for (const [i, { results, message: signature, seal }] of sets.entries()) {
    data += `${message.canonical(results, 'relaxed')}\r\n${message.canonical(signature.field, 'relaxed')}\r\n`
    const text = message.canonical(seal.field, 'relaxed')
    data += i < sets.length - 1 ? `${text}\r\n` : withoutSignature(text)
  }
  return data
}

async function verifyWith(
  signature: Signature,
  data: () => string,
  name: string,
  dns: Resolver,
): Promise<Trouble | null> {
  const key = await fetchKey(dns, signature.selector, signature.domain, 'sha256')
  if (key.kind === 'none') {
    return { result: key.result === 'temperror' ? 'temperror' : 'fail', because: `${name}: ${key.because}` }
  }
  if (key.type !== signature.keyType) return fail(`${name}: inappropriate key algorithm`)
  return isSignedBy(key, 'sha256', data(), signature.value) ? null : fail(`${name}: bad signature`)
}

async function verifyForms(
  message: SignedMessage,
  { message: signature, instance }: ArcSet,
  forms: readonly [Canonicalization | null, Canonicalization | null],
  dns: Resolver,
): Promise<Trouble | null> {
  const name = `i=${instance} ams`
  const [headerForm, bodyForm] = forms
  if (headerForm === null || bodyForm === null) return fail(`${name}: unknown canonicalization`)
  if (message.digest(bodyForm, 'sha256', signature.length).hash !== signature.bodyHash) {
    return fail(`${name}: body hash did not verify`)
  }
  return await verifyWith(signature, () => message.signedData(signature.names, headerForm, signature.field), name, dns)
}

/** Step 4: the newest ARC-Message-Signature covers the message as it came. */
async function verifyMessage(message: SignedMessage, set: ArcSet, dns: Resolver, now: number): Promise<Trouble | null> {
  const { headerForm, bodyForm, list } = set.message
  const expires = list.tags.get('x')
  if (expires !== undefined && Number(expires) < now) return fail(`i=${set.instance} ams: expired`)
  const trouble = await verifyForms(message, set, [headerForm, bodyForm], dns)
  // Without c= the forms are simple (RFC 6376 §3.5); in the drafts of ARC they were relaxed, and such sealers remain.
  if (trouble?.result !== 'fail' || list.tags.has('c')) return trouble
  return (await verifyForms(message, set, ['relaxed', 'relaxed'], dns)) === null ? null : trouble
}

/** Step 6: every seal, the newest first. */
async function verifySeals(message: SignedMessage, sets: readonly ArcSet[], dns: Resolver): Promise<Trouble | null> {
  for (let count = sets.length; count > 0; count--) {
    const set = sets[count - 1]
    if (set === undefined) break
    const data = (): string => sealedData(message, sets.slice(0, count))
    const trouble = await verifyWith(set.seal, data, `i=${count} seal`, dns)
    if (trouble !== null) return trouble
  }
  return null
}

/** The author domain for which a set's ARC-Authentication-Results claim dmarc=pass. */
function claimedPass(set: ArcSet): string | null {
  const { results } = parseResults(readArcResults(set.results).value)
  const dmarc = results.find(({ method }) => method === 'dmarc')
  const from = dmarc?.properties.get('header.from')
  return dmarc?.result === 'pass' && from !== undefined ? from.toLowerCase() : null
}

/** Where our own set goes, whatever else is wrong: the highest instance seen, and whether its seal says cv=fail. */
function position(message: SignedMessage): { readonly highest: number; readonly closed: boolean } {
  let highest = 0
  let closed = false
  for (const field of message.named('arc-seal')) {
    const { tags } = tagsOf(field)
    const instance = /^[0-9]{1,6}$/.test(tags.get('i') ?? '') ? Number(tags.get('i')) : 0
    if (instance < highest) continue
    highest = instance
    closed = tags.get('cv')?.toLowerCase() === 'fail'
  }
  return { highest, closed }
}

/**
 * The chain of a message: none, pass, fail, or temperror where a key could not be asked for now.
 * @param nowSeconds since 1970, for x= of the message signature
 */
export async function verifyChain(message: SignedMessage, dns: Resolver, nowSeconds: number): Promise<ArcFinding> {
  const { highest, closed } = position(message)
  const sets = readArcSets(message)
  const known = typeof sets === 'string' ? [] : sets
  const facts = {
    sealers: known.map((set) => set.seal.domain.toLowerCase()),
    passedFor: known.map(claimedPass),
    // RFC 6376 §6.1.1: a signature that leaves the From field out says nothing about the author.
    coversAuthor: known.at(-1)?.message.names.includes('from') ?? false,
    highest,
    closed,
  }
  if (typeof sets === 'string') return { ...facts, result: 'fail', because: sets }
  const newest = sets.at(-1)
  if (newest === undefined) return { ...facts, result: 'none', because: '' }
  const trouble = (await verifyMessage(message, newest, dns, nowSeconds)) ?? (await verifySeals(message, sets, dns))
  return trouble === null ? { ...facts, result: 'pass', because: '' } : { ...facts, ...trouble }
}
