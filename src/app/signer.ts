// SPDX-License-Identifier: Apache-2.0
/** Signs what our users send, with the keys that are in data_dir/dkim now. */
import type { LoadedConfig } from '../config/load.ts'
import { parseAddress } from '../core/address.ts'
import type { HeaderEdit } from '../core/message.ts'
import type { Clock } from '../core/ports.ts'
import { parseMailboxes } from '../message/addresses.ts'
import { openMessage } from '../message/open.ts'
import { listKeys, type StoredKey, signingKeysFor } from '../msgauth/keys.ts'
import { signMessage } from '../msgauth/sign.ts'
import type { SubmissionDeps } from '../pipeline/submission.ts'
import { dataPaths } from './paths.ts'

/** Receivers need this long to see a new key's DNS record: until then the older one signs. */
const overlapMs = 48 * 36e5
/** The folder is read again this often, so that a new key needs no restart. */
const refreshMs = 60_000

export function openSigner(loaded: LoadedConfig, clock: Clock): Pick<SubmissionDeps, 'sign' | 'fieldNames'> {
  const { dkim } = dataPaths(loaded)
  let keys: readonly StoredKey[] = []
  let readAt = Number.NEGATIVE_INFINITY
  const currentKeys = async () => {
    if (clock.now() - readAt >= refreshMs) {
      keys = await listKeys(dkim)
      readAt = clock.now()
    }
    return keys
  }
  return {
    fieldNames: (raw) => new Set(openMessage(raw).headers.fields.map((field) => field.key)),
    async sign(raw): Promise<readonly HeaderEdit[]> {
      if (!loaded.config.submission.sign) return []
      const [author] = parseMailboxes(openMessage(raw).headers.first('from')?.value ?? '')
      const domain = parseAddress(author?.address ?? '')?.domain
      if (domain === undefined || domain === '') return []
      return signMessage(raw, signingKeysFor(await currentKeys(), domain, clock.now(), overlapMs), clock.now())
    },
  }
}
