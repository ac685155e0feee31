// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { LoadedConfig } from '../config/load.ts'
import type { Clock } from '../core/ports.ts'
import { type Certificate, makeCertificate, readAuthorities, readCertificate } from '../service/certificate.ts'
import type { CertificateWish } from '../smtp/tls-facts.ts'
import { dataPaths } from './paths.ts'

/** The operator's certificate, or our own, which is made where there is none yet. */
export async function openCertificate(loaded: LoadedConfig, clock: Clock): Promise<Certificate> {
  const paths = dataPaths(loaded)
  const files = { key: paths.tlsKey, certificate: paths.tlsCertificate }
  const isOurs = loaded.config.tls.certificate === '' && loaded.config.tls.key === ''
  if (isOurs && !(existsSync(files.key) && existsSync(files.certificate))) {
    await makeCertificate(files, loaded.config.hostname, clock.now())
  }
  return readCertificate(files)
}

/** What a listener with client_certificates = "ask" goes by. Throws UserError for a file that is of no use. */
export function certificateWish({ config, base }: LoadedConfig): CertificateWish {
  const { client_ca: file, fingerprint_digest: digest } = config.tls
  return { authorities: file === '' ? '' : readAuthorities(resolve(base, file)), digest }
}
