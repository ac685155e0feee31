// SPDX-License-Identifier: Apache-2.0
/** The certificate of all listeners: the operator's, or one of our own made at first start. The one door to node-forge. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { createSecureContext } from 'node:tls'
import { UserError } from '../core/failure.ts'
import { writeDurable } from '../kit/durable-file.ts'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

export interface CertificateFiles {
  readonly key: string
  readonly certificate: string
}

/** Ten years: nobody trusts it anyway, and an expired one stops mail that would else flow encrypted. */
const ownLifetimeMs = 3650 * 864e5

/** Throws UserError 66, 77 or 78 when the files cannot be used. */
export function readCertificate(files: CertificateFiles): Certificate {
  const key = readPem(files.key, 'PRIVATE KEY')
  if ((statSync(files.key).mode & 0o007) !== 0) {
    throw new UserError(77, [
      { file: files.key, line: 0, text: 'the private key can be read by everybody', hint: `chmod 600 ${files.key}` },
    ])
  }
  return { key, cert: readPem(files.certificate, 'CERTIFICATE') }
}

/** Certificates of authorities. Throws UserError 66 or 78. */
export function readAuthorities(file: string): string {
  const text = readPem(file, 'CERTIFICATE')
  try {
    createSecureContext({ ca: text })
    return text
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UserError(78, [{ file, line: 0, text: `holds a certificate that cannot be read: ${why}`, hint: null }])
  }
}

function readPem(file: string, kind: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new UserError(66, [{ file, line: 0, text: `cannot be read: ${why}`, hint: null }])
  }
  if (!text.includes(kind))
    throw new UserError(78, [{ file, line: 0, text: `holds no ${kind} in PEM form`, hint: null }])
  return text
}

/**
 * RFC 5280 §4.1.2.2: positive, at most 20 octets, in hexadecimal. The first octet of DER (X.690 §8.3.2) may be zero only
 * where the next one has its highest bit set, so it is made neither zero nor negative.
 */
export function serialNumber(random: Uint8Array): string {
  const octets = Buffer.from(random)
  octets[0] = ((octets[0] ?? 0) & 0x7f) | 0x40
  return octets.toString('hex')
}

/** Makes a self-signed certificate for the host name; the key is readable by its owner alone. */
export async function makeCertificate(files: CertificateFiles, hostname: string, now: number): Promise<void> {
  // Large, and wanted once in the life of a data_dir.
  const { default: forge } = await import('node-forge')
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const cert = forge.pki.createCertificate()
  cert.publicKey = forge.pki.publicKeyFromPem(pair.publicKey.export({ type: 'spki', format: 'pem' }).toString())
  cert.serialNumber = serialNumber(randomBytes(16))
  cert.validity.notBefore = new Date(now - 864e5)
  cert.validity.notAfter = new Date(now + ownLifetimeMs)
  const subject = [{ name: 'commonName', value: hostname }]
  cert.setSubject(subject)
  cert.setIssuer(subject)
  cert.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'subjectAltName', altNames: [hostname, 'localhost'].map((value) => ({ type: 2, value })) },
  ])
  cert.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create())
  mkdirSync(dirname(files.key), { recursive: true, mode: 0o700 })
  await writeDurable(`${files.key}.tmp`, files.key, Buffer.from(key), { mode: 0o600 })
  await writeDurable(`${files.certificate}.tmp`, files.certificate, Buffer.from(forge.pki.certificateToPem(cert)), {
    mode: 0o644,
  })
}
