// SPDX-License-Identifier: Apache-2.0
/** Certificate and key, where they can be read; Postfix too goes on without them. */
import { readText } from './maps.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Section } from './toml.ts'

export function importTls(parameters: Parameters, notes: Notes): readonly Section[] {
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
  const entries = Object.entries({ certificate, key }).map(([setting, value]) => ({
    key: setting,
    value,
    comment: null,
  }))
  return [{ name: 'tls', comments: [], entries }]
}
