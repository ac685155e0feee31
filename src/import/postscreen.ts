// SPDX-License-Identifier: Apache-2.0
/** postscreen(8) → a wait for the greeting, and lists that are asked about the client. */
import type { Word } from './main-cf.ts'
import { isTable, unsupported } from './maps.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Entry } from './toml.ts'

export interface Postscreen {
  /** Restrictions to stand before those of smtpd_client_restrictions. */
  readonly client: readonly Word[]
  /** Settings of [smtp]. */
  readonly smtp: readonly Entry[]
}

export function importPostscreen(parameters: Parameters, notes: Notes): Postscreen {
  const lists = dnsLists(parameters, notes)
  return { client: [...accessList(parameters, lists.length > 0, notes), ...lists], smtp: greeting(parameters, notes) }
}

function acts(name: string, parameters: Parameters): boolean {
  return /^(?:enforce|drop)$/.test(parameters.value(name))
}

function greeting(parameters: Parameters, notes: Notes): readonly Entry[] {
  if (!acts('postscreen_greet_action', parameters)) {
    notes.add(
      'changed',
      parameters.place('postscreen_greet_action'),
      'postscreen_greet_action',
      'who talks before the greeting is turned away',
    )
    return []
  }
  // How long a wait counts is the same in both unless it is set.
  const isSet = parameters.place('postscreen_greet_ttl').line > 0
  return ['greet_wait', ...(isSet ? ['greet_ttl'] : [])].flatMap((key) => time(key, parameters, notes))
}

/** A setting of [smtp] from the parameter of that name. */
function time(key: string, parameters: Parameters, notes: Notes): readonly Entry[] {
  const name = `postscreen_${key}`
  const value = parameters.value(name)
  const [, digits, unit] = /^(\d{1,6})([smhdw]?)$/.exec(value) ?? []
  if (digits === undefined) {
    notes.add('dropped', parameters.place(name), `${name} = ${value}`, 'this is no time that Postern can read')
    return []
  }
  const { file, line } = parameters.place(name)
  const comment = line > 0 ? `${name}, ${file}:${line}` : `${name}: Postfix's default`
  return [{ key, value: `${digits}${unit || 's'}`, comment }]
}

/** Sites that turn a client away by themselves; what needs several at once is told. */
function dnsLists(parameters: Parameters, notes: Notes): readonly Word[] {
  const threshold = Number(parameters.value('postscreen_dnsbl_threshold'))
  const isActing = acts('postscreen_dnsbl_action', parameters)
  return parameters.words('postscreen_dnsbl_sites').flatMap((word): readonly Word[] => {
    const { text, file, line } = word
    const drop = (because: string): readonly Word[] => {
      notes.add('dropped', word, `postscreen_dnsbl_sites: ${text}`, because)
      return []
    }
    const [, site, weight = '1'] = /^([^*]+)(?:\*(-?\d+))?$/.exec(text) ?? []
    if (site === undefined) return drop('this is no site')
    if (!isActing) return drop('postscreen_dnsbl_action = ignore: nothing followed from it')
    if (Number(weight) < 0) return drop('weights below zero have no place here; see permit_dnswl_client')
    if (Number(weight) < threshold)
      return drop(`its weight ${weight} is below the threshold ${threshold}; see "score" before reject_rbl_client`)
    return [{ text: `reject_rbl_client ${site}`, file, line }]
  })
}

/** Exceptions can stand before the lists only where no other client restriction would be skipped with them. */
function accessList(parameters: Parameters, hasLists: boolean, notes: Notes): readonly Word[] {
  const isAlone = parameters.words('smtpd_client_restrictions').length === 0
  return parameters.words('postscreen_access_list').flatMap((word): readonly Word[] => {
    const { text, file, line } = word
    const why = isTable(text) ? unsupported(text, word) : null
    if (why === null && isAlone && (text === 'permit_mynetworks' ? hasLists : isTable(text)))
      return [{ text: isTable(text) ? `check_client_access ${text}` : text, file, line }]
    const because = why ?? 'smtpd_client_restrictions would be skipped with it; put it where it belongs'
    if (line > 0 && text !== 'permit_mynetworks') notes.add('dropped', word, `postscreen_access_list: ${text}`, because)
    return []
  })
}
