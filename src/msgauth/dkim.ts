// SPDX-License-Identifier: Apache-2.0
/**
 * DKIM verification (RFC 6376 §6, RFC 8301, RFC 8463). Our own: mailauth's verifier takes three quarters of the time of a
 * check. Results are those of its strict mode, which a test holds over every corpus message and many mutations.
 */
import type { AuthResult } from '../core/auth.ts'
import type { Resolver } from '../core/ports.ts'
import type { DkimFinding } from './findings.ts'
import { fetchKey, type PublicKey } from './public-key.ts'
import { hasValidNames, isLength, isTimestamp, readSignature, type Signature, toAscii } from './signature.ts'
import { isSignedBy, type SignedMessage } from './signed-message.ts'
import { colonList, isDomainName } from './tag-list.ts'

const requiredTags = ['v', 'a', 'b', 'bh', 'd', 'h', 's']

/** dot-atom-text with the UTF-8 of RFC 6531, or a quoted string. */
const localPart =
  /^(?:[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+)*|"(?:[^"\\\r\n]|\\.)*")$/u

interface Identity {
  readonly localPart: string
  readonly domain: string
}

/** i= with its quoted-printable undone (RFC 6376 §2.11); null where it has no "@". */
function identityOf(signature: Signature): Identity | null {
  const written = signature.list.tags.get('i') ?? `@${signature.domain}`
  const text = written
    .replace(/[ \t\r\n]+/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const at = text.lastIndexOf('@')
  return at < 0 ? null : { localPart: text.slice(0, at), domain: toAscii(text.slice(at + 1)).toLowerCase() }
}

function identityTrouble(signature: Signature): string {
  if (!signature.list.tags.has('i')) return ''
  const identity = identityOf(signature)
  if (identity === null || !isDomainName(identity.domain)) return 'signature syntax error'
  if (identity.localPart !== '' && !localPart.test(identity.localPart)) return 'signature syntax error'
  const domain = signature.domain.toLowerCase()
  return identity.domain === domain || identity.domain.endsWith(`.${domain}`) ? '' : 'domain mismatch'
}

/** Why a signature is not worth a key lookup (RFC 6376 §6.1.1); "" where it is. */
function trouble(signature: Signature): string {
  const { tags, broken } = signature.list
  if (signature.keyType === null) return 'unknown algorithm'
  if (signature.headerForm === null || signature.bodyForm === null) return 'unknown canonicalization'
  if (signature.domain === '' || signature.selector === '') return 'signature missing required tag'
  if (broken !== '') return 'signature syntax error'
  if (requiredTags.some((tag) => !tags.has(tag))) return 'signature missing required tag'
  if (tags.get('v') !== '1') return 'incompatible version'
  if (!isTimestamp(tags.get('t')) || !isTimestamp(tags.get('x')) || !isLength(tags.get('l'))) {
    return 'signature syntax error'
  }
  if (signature.names.length === 0 || !hasValidNames(signature)) return 'signature syntax error'
  if (tags.has('q') && !colonList(tags.get('q') ?? '').includes('dns/txt')) return 'unsupported query method'
  const identity = identityTrouble(signature)
  if (identity !== '') return identity
  if (tags.has('t') && tags.has('x') && Number(tags.get('x')) <= Number(tags.get('t'))) return 'invalid expiration'
  return signature.names.includes('from') ? '' : 'From field not signed'
}

interface Judgement {
  readonly result: AuthResult
  readonly because: string
  readonly key: PublicKey | null
}

const judged = (result: AuthResult, because: string, key: PublicKey | null = null): Judgement => ({
  result,
  because,
  key,
})

async function judge(
  message: SignedMessage,
  signature: Signature,
  dns: Resolver,
  nowSeconds: number,
): Promise<Judgement> {
  const wrong = trouble(signature)
  const { hash, headerForm, bodyForm, domain, selector } = signature
  if (wrong !== '' || hash === null || headerForm === null || bodyForm === null) return judged('neutral', wrong)
  const digest = message.digest(bodyForm, hash, signature.length)
  if (digest.hash !== signature.bodyHash) return judged('fail', 'body hash did not verify')
  // RFC 8301 §3.1.
  if (hash === 'sha1') return judged('policy', 'weak-algorithm')
  const key = await fetchKey(dns, selector, domain, hash)
  if (key.kind === 'none') return judged(key.result, key.because)
  if (key.type !== signature.keyType) return judged('neutral', 'inappropriate key algorithm', key)
  if (key.exactIdentity && identityOf(signature)?.domain !== domain.toLowerCase()) {
    return judged('neutral', 'domain mismatch', key)
  }
  const data = message.signedData(signature.names, headerForm, signature.field)
  if (!isSignedBy(key, hash, data, signature.value)) return judged('fail', 'bad signature', key)
  const expires = signature.list.tags.get('x')
  if (expires !== undefined && Number(expires) < nowSeconds) return judged('neutral', 'expired', key)
  return judged('pass', '', key)
}

/** Every DKIM signature that is read, in the order of the header. */
export async function verifyDkim(message: SignedMessage, dns: Resolver, nowSeconds: number): Promise<DkimFinding[]> {
  return await Promise.all(
    message.named('dkim-signature').map(async (field): Promise<DkimFinding> => {
      const signature = readSignature(field)
      const { result, because, key } = await judge(message, signature, dns, nowSeconds)
      const { bodyForm, hash } = signature
      const unsigned =
        bodyForm === null || hash === null ? 0 : message.digest(bodyForm, hash, signature.length).unsigned
      return {
        result,
        domain: signature.domain.toLowerCase(),
        selector: signature.selector,
        algorithm: signature.algorithm,
        signature: signature.value.slice(0, 8),
        aligned: false,
        testing: key?.testing ?? false,
        keyBits: key?.bits ?? null,
        unsignedBytes: unsigned,
        because,
      }
    }),
  )
}
