// SPDX-License-Identifier: Apache-2.0
/** Everything that can be wrong before a gateway starts, told at once. */
import { existsSync } from 'node:fs'
import { type LoadedConfig, readConfig } from '../config/load.ts'
import { type Complaint, UserError } from '../core/failure.ts'
import { silentLogger } from '../log/logger.ts'
import { silentMeter } from '../metrics/registry.ts'
import { listKeys, type StoredKey } from '../msgauth/keys.ts'
import { readCertificate } from '../service/certificate.ts'
import { realClock } from '../service/real-world.ts'
import { certificateWish } from './certificate.ts'
import { checkChains } from './chains.ts'
import { checkDelivery } from './delivery.ts'
import { prepareBench } from './judge.ts'
import { readListeners, readNetworks } from './listeners.ts'
import { dataPaths } from './paths.ts'
import { openRecipientTables } from './recipient-tables.ts'
import { checkRewriting } from './rewriting.ts'
import { readRoutes } from './routes.ts'

/** Every complaint about a config and what it names. Throws UserError only where the text is not TOML. */
export async function checkAll(text: string, file: string): Promise<readonly Complaint[]> {
  const { loaded, complaints } = readConfig(text, file)
  const paths = dataPaths(loaded)
  const { tls } = loaded.config
  const parts: readonly (() => readonly Complaint[] | Promise<readonly Complaint[]>)[] = [
    () => readListeners(loaded).complaints,
    () => readNetworks(loaded).complaints,
    async () => (await readRoutes(loaded)).complaints,
    () => checkDelivery(loaded),
    () => checkRewriting(loaded),
    async () => {
      await openRecipientTables(loaded, { clock: realClock, log: silentLogger, meter: silentMeter })
      return []
    },
    () => checkChains(loaded),
    () => prepareBench(loaded).complaints,
    () => {
      const files = { key: paths.tlsKey, certificate: paths.tlsCertificate }
      if (tls.key !== '' || tls.certificate !== '' || existsSync(files.key)) readCertificate(files)
      return []
    },
    () => {
      certificateWish(loaded)
      return []
    },
    async () => {
      const keys = await listKeys(paths.dkim)
      return sealingComplaints(loaded, keys)
    },
  ]
  const found = [...complaints]
  for (const part of parts) found.push(...(await complaintsOf(part)))
  return found
}

/** RFC 8617 §4.1.3: a seal is made with an RSA key. */
function sealingComplaints(loaded: LoadedConfig, keys: readonly StoredKey[]): readonly Complaint[] {
  const sealer = loaded.config.msgauth.arc_seal.toLowerCase()
  if (sealer === '' || keys.some((key) => key.domain === sealer && key.algorithm === 'rsa-sha256')) return []
  const place = loaded.places.get('msgauth.arc_seal') ?? { file: loaded.file, line: 0 }
  const text = `no RSA key of "${sealer}" is there to seal with`
  return [{ file: place.file, line: place.line, text, hint: `make one with: postern dkim generate ${sealer}` }]
}

async function complaintsOf(
  part: () => readonly Complaint[] | Promise<readonly Complaint[]>,
): Promise<readonly Complaint[]> {
  try {
    return await part()
  } catch (error) {
    if (error instanceof UserError) return error.complaints
    throw error
  }
}
