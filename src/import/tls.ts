// SPDX-License-Identifier: Apache-2.0
/** Certificate and key, where they can be read (Postfix too goes on without them), and whose certificates are trusted. */
import { fingerprintDigests } from '../core/session.ts'
import { readText } from './maps.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Entry, Section } from './toml.ts'

/** asksCertificates: some listener asks its clients for theirs. */
export function importTls(parameters: Parameters, asksCertificates: boolean, notes: Notes): readonly Section[] {
  const ofClients = asksCertificates ? clientEntries(parameters, notes) : []
  return [{ name: 'tls', comments: [], entries: [...ownEntries(parameters, notes), ...ofClients] }]
}

function clientEntries(parameters: Parameters, notes: Notes): readonly Entry[] {
  const file = parameters.value('smtpd_tls_CAfile')
  const isThere = file !== '' && readText(file) !== null
  if (file !== '' && !isThere) {
    const because = 'it cannot be read; until tls.client_ca names it no client certificate is trusted'
    notes.add('todo', parameters.place('smtpd_tls_CAfile'), `smtpd_tls_CAfile = ${file}`, because)
  }
  const digest = parameters.value('smtpd_tls_fingerprint_digest').toLowerCase()
  const folder = 'smtpd_tls_CApath'
  if (parameters.isSet(folder)) {
    const because = 'authorities stand in one file: write them there and name it in tls.client_ca'
    notes.add('todo', parameters.place(folder), `${folder} = ${parameters.value(folder)}`, because)
  }
  const isKnown = (fingerprintDigests as readonly string[]).includes(digest)
  if (!isKnown) {
    const name = 'smtpd_tls_fingerprint_digest'
    notes.add('dropped', parameters.place(name), `${name} = ${digest}`, `write one of ${fingerprintDigests.join(', ')}`)
  }
  return [
    ...(isThere ? [{ key: 'client_ca', value: file, comment: null }] : []),
    ...(isKnown && digest !== 'sha256' ? [{ key: 'fingerprint_digest', value: digest, comment: null }] : []),
  ]
}

function ownEntries(parameters: Parameters, notes: Notes): readonly Entry[] {
  const chain = parameters.words('smtpd_tls_chain_files')
  const fromChain = chain.length > 0
  const name = fromChain ? 'smtpd_tls_chain_files' : 'smtpd_tls_cert_file'
  const keyName = fromChain ? name : 'smtpd_tls_key_file'
  const certificate = fromChain ? (chain.at(-1)?.text ?? '') : parameters.value(name)
  const key = fromChain ? (chain[0]?.text ?? '') : parameters.value(keyName)
  if (certificate === '' || certificate === 'none') return []
  if (chain.length > 2)
    notes.add(
      'changed',
      parameters.place(name),
      name,
      'Postern has one certificate: the first key and the last file are taken',
    )
  const missing = [...new Set([certificate, key])].filter((path) => readText(path) === null)
  if (missing.length > 0) {
    const because = `${missing.join(' and ')} cannot be read; until [tls] names them Postern makes a certificate of its own`
    notes.add('todo', parameters.place(name), name, because)
    return []
  }
  return Object.entries({ certificate, key }).map(([setting, value]) => ({
    key: setting,
    value,
    comment: null,
  }))
}
