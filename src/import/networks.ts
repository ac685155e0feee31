// SPDX-License-Identifier: Apache-2.0
/** mynetworks: who may relay without a login. */
import { UserError } from '../core/failure.ts'
import { parseNetwork } from '../kit/cidr.ts'
import type { Word } from './main-cf.ts'
import { entriesOf, isTable, readText, unsupported } from './maps.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Entry } from './toml.ts'

const loopback = ['127.0.0.0/8', '[::1]/128']

/** Throws UserError 78 where everybody would belong to it: that is an open relay. */
export function importNetworks(parameters: Parameters, notes: Notes): Entry {
  const key = 'mynetworks'
  const style = parameters.value('mynetworks_style')
  if (!parameters.isSet(key)) {
    const because =
      style === 'host'
        ? 'it is not set: Postfix would take the addresses of its machine; only loopback is written'
        : `it is not set: Postfix would take the networks of its machine (mynetworks_style = ${style}); only loopback is written`
    notes.add('changed', parameters.place('mynetworks_style'), key, because)
    return { key, value: loopback.map((text) => ({ text, comment: null })), comment: null }
  }
  const { file, line } = parameters.place(key)
  const texts = [...new Set(parameters.words(key).flatMap((word) => networksOf(word, notes, 0)))]
  return { key, value: texts.map((text) => ({ text, comment: null })), comment: `${file}:${line}` }
}

function networksOf(word: Word, notes: Notes, depth: number): readonly string[] {
  const { text } = word
  const drop = (because: string): readonly string[] => {
    notes.add('dropped', word, `mynetworks: ${text}`, because)
    return []
  }
  if (text.startsWith('!')) return drop('networks cannot be excepted; write smaller ones')
  if (isTable(text)) {
    const why = unsupported(text, word)
    const entries = why === null ? entriesOf(text) : why
    if (typeof entries === 'string') return drop(entries)
    return [...entries].flatMap(([key, { file, line }]) => networksOf({ text: key, file, line }, notes, depth + 1))
  }
  if (text.startsWith('/')) {
    const inFile = depth > 5 ? null : readText(text)
    if (inFile === null) return drop(`${text} cannot be read`)
    return linesOf(inFile, text).flatMap((inner) => networksOf(inner, notes, depth + 1))
  }
  const bare = text.replace(/^\[(.*)\]/, '$1')
  // An IPv4 network in IPv6 clothes, as Debian writes it, is the IPv4 network.
  const mapped = /^::ffff:([0-9.]+)\/(\d+)$/i.exec(bare)
  const written = mapped === null ? text : `${mapped[1]}/${Number(mapped[2]) - 96}`
  const network = parseNetwork(mapped === null ? bare : written)
  if (typeof network === 'string') return drop(network)
  if (/\/0+$/.test(text))
    throw new UserError(78, [
      { ...word, text: `${text} in mynetworks would make an open relay`, hint: 'name your own networks' },
    ])
  return [written]
}

/** The words of a file, each with its line. */
export function linesOf(text: string, file: string): readonly Word[] {
  return text.split('\n').flatMap((physical, i) => {
    const words = physical.replace(/#.*/, '').split(/[\s,]+/)
    return words.filter((word) => word !== '').map((word) => ({ text: word, file, line: i + 1 }))
  })
}
