// SPDX-License-Identifier: Apache-2.0
/** Signs what our users send and seals what we forward, with the keys that are in data_dir/dkim now. */
import type { LoadedConfig } from '../config/load.ts'
import { parseAddress, parseDomain } from '../core/address.ts'
import type { SealFacts } from '../core/auth.ts'
import type { Domain } from '../core/brand.ts'
import type { HeaderEdit } from '../core/message.ts'
import type { Clock, Logger } from '../core/ports.ts'
import { parseMailboxes } from '../message/addresses.ts'
import { openMessage } from '../message/open.ts'
import { listKeys, type StoredKey, signingKeysFor } from '../msgauth/keys.ts'
import { sealMessage } from '../msgauth/seal.ts'
import { signMessage } from '../msgauth/sign.ts'
import type { SubmissionDeps } from '../pipeline/submission.ts'
import { dataPaths } from './paths.ts'

/** The folder is read again this often, so that a new key needs no restart. */
const refreshMs = 60_000

export interface Signer extends Pick<SubmissionDeps, 'sign' | 'fieldNames'> {
  /** One ARC set for a message that leaves us (RFC 8617 §5.1); none where nobody has told us to seal. */
  readonly seal: (raw: Uint8Array, auth: SealFacts) => Promise<readonly HeaderEdit[]>
}

type Keys = (domain: Domain) => Promise<StoredKey[]>

/** @throws UserError where a key cannot be used or others may read it; later on such a folder only leaves the keys as they were */
async function openKeys(loaded: LoadedConfig, clock: Clock, log: Logger): Promise<Keys> {
  const { dkim } = dataPaths(loaded)
  let keys: readonly StoredKey[] = await listKeys(dkim)
  let readAt = clock.now()
  return async (domain) => {
    if (clock.now() - readAt >= refreshMs) {
      readAt = clock.now()
      keys = await listKeys(dkim).catch((error: unknown) => {
        log.error('msgauth.keys-unusable', error, { folder: dkim })
        return keys
      })
    }
    return signingKeysFor(keys, domain, clock.now(), loaded.config.submission.dkim_overlap)
  }
}

export async function openSigner(loaded: LoadedConfig, clock: Clock, log: Logger): Promise<Signer> {
  const { msgauth, submission } = loaded.config
  const keysFor = await openKeys(loaded, clock, log)
  const sealer = parseDomain(msgauth.arc_seal)
  return {
    fieldNames: (raw) => new Set(openMessage(raw).headers.fields.map((field) => field.key)),
    async sign(raw) {
      if (!submission.sign) return []
      const [author] = parseMailboxes(openMessage(raw).headers.first('from')?.value ?? '')
      const domain = parseAddress(author?.address ?? '')?.domain
      if (domain === undefined || domain === '') return []
      return signMessage(raw, await keysFor(domain), clock.now())
    },
    async seal(raw, auth) {
      // RFC 8617 §4.1.3 knows rsa-sha256 alone.
      const key = sealer === null ? undefined : (await keysFor(sealer)).find((k) => k.algorithm === 'rsa-sha256')
      if (key === undefined || auth.header === '') return []
      const { result, highest = 0, closed = false } = auth.arc
      try {
        const arc = { result, highest, closed }
        return sealMessage(raw, { key, results: auth.header, arc, now: clock.now(), names: null })
      } catch (error) {
        // A message that cannot be sealed is as good as before.
        log.warn('msgauth.not-sealed', { because: error instanceof Error ? error.message : String(error) })
        return []
      }
    },
  }
}
