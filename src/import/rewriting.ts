// SPDX-License-Identifier: Apache-2.0
/** Recipients that stand for others: virtual and local aliases, canonical addresses. */
import { parseAliases } from '../queue/aliases.ts'
import { referenced } from './delivery.ts'
import { fileOf, isTable, readText } from './maps.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Entry, Item, Section } from './toml.ts'

export function importRewriting(parameters: Parameters, notes: Notes): readonly Section[] {
  const both = referenced('canonical_maps', parameters, notes)
  const senders = [...referenced('sender_canonical_maps', parameters, notes), ...both]
  const recipients = [...referenced('recipient_canonical_maps', parameters, notes), ...both]
  for (const name of ['canonical_maps', 'sender_canonical_maps', 'recipient_canonical_maps'])
    if (parameters.value(name) !== '')
      notes.add('changed', parameters.place(name), name, 'the envelope is rewritten, header fields are not')
  const virtual = referenced('virtual_alias_maps', parameters, notes)
  const entry = (key: string, value: readonly Item[], name: string): readonly Entry[] => {
    const { file, line } = parameters.place(name)
    return value.length === 0 ? [] : [{ key, value, comment: line > 0 ? `${name}, ${file}:${line}` : null }]
  }
  return [
    {
      name: 'rewriting',
      comments: [],
      entries: [
        ...entry('virtual_maps', virtual, 'virtual_alias_maps'),
        ...entry('aliases', localAliases(parameters, notes), 'alias_maps'),
        ...entry('sender_canonical_maps', senders, 'sender_canonical_maps'),
        ...entry('recipient_canonical_maps', recipients, 'recipient_canonical_maps'),
      ],
    },
  ]
}

/** The source texts of alias_maps, where Postern understands all of them; Postfix goes on without what is not there. */
function localAliases(parameters: Parameters, notes: Notes): readonly Item[] {
  const isLocal = parameters.words('mydestination').length > 0
  return parameters.words('alias_maps').flatMap((word) => {
    if (!isLocal) return []
    const file = isTable(word.text) ? fileOf(word.text) : null
    const text = file === null ? null : readText(file)
    if (file === null || text === null) {
      // The default names tables that few machines have.
      if (word.line > 0)
        notes.add(
          'dropped',
          word,
          `alias_maps: ${word.text}`,
          file === null ? 'aliases are read from text files' : `${file} cannot be read`,
        )
      return []
    }
    const read = parseAliases(text, file, false)
    if (read.kind === 'ok') return [{ text: file, comment: null }]
    const because = 'it names what is no address; mend it and add it to rewriting.aliases'
    notes.add('dropped', word, `alias_maps: ${word.text}`, because)
    for (const { line, text: what } of read.complaints) notes.add('dropped', { file, line }, 'an alias', what)
    return []
  })
}
