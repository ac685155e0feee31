// SPDX-License-Identifier: Apache-2.0
/** Everything that can be wrong before a gateway starts, told at once. */
import { existsSync } from 'node:fs'
import { readConfig } from '../config/load.ts'
import { type Complaint, UserError } from '../core/failure.ts'
import { silentLogger } from '../log/logger.ts'
import { silentMeter } from '../metrics/registry.ts'
import { listKeys } from '../msgauth/keys.ts'
import { readCertificate } from '../service/certificate.ts'
import { realClock } from '../service/real-world.ts'
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
    async () => {
      await listKeys(paths.dkim)
      return []
    },
  ]
  const found = [...complaints]
  for (const part of parts) found.push(...(await complaintsOf(part)))
  return found
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
