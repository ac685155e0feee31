// SPDX-License-Identifier: Apache-2.0
/** check_*_access: what an operator's table says about a client, a name or an address. */
import { Lru } from '../kit/lru.ts'
import { type SearchRules, searchAddress, searchClient, searchDomain } from '../tables/search.ts'
import type { Table, TableAnswer } from '../tables/table.ts'
import { type Action, parseAction } from './action.ts'
import { aboutAddress, addressOf, type Whose } from './address.ts'
import type { Build, Maker } from './build.ts'
import { withoutFinalDot } from './hostname.ts'
import type { About } from './refusal.ts'
import {
  aboutClient,
  aboutHelo,
  dunno,
  type Item,
  lookupFailed,
  misconfigured,
  permit,
  type Ruling,
  refuse,
  rejected,
} from './ruling.ts'
import type { Subject } from './subject.ts'
import { fixDsn } from './wording.ts'

const nothing: Ruling = dunno('nothing to look up')
const notListed: Ruling = dunno('not in the table')

/** Values read and kept for one table: patterns can make new ones without end. */
const maxActions = 2000

interface Lookup {
  readonly about: About
  readonly answer: TableAnswer | Promise<TableAnswer>
}

/** What to look up, or null where there is nothing (yet). */
type Ask = (table: Table, subject: Subject, rules: SearchRules) => Lookup | null

interface Manner {
  /** For names that the client chooses itself: "OK" would let it in on its own word. */
  readonly okIsForbidden: boolean
}

const trusting: Manner = { okIsForbidden: false }

function checkAccess(ask: Ask, manner: Manner = trusting): Maker {
  return {
    argument: 'type:table',
    async make(argument, build) {
      const table = await build.openTable(argument)
      const answers = new Answers(build, manner)
      const rules = searchRules(build)
      return async (subject) => {
        const lookup = ask(table, subject, rules)
        if (lookup === null) return nothing
        const answer = lookup.answer instanceof Promise ? await lookup.answer : lookup.answer
        if (answer.kind === 'missing') return notListed
        if (answer.kind === 'failed') return lookupFailed(lookup.about.name, `${table.spec}: ${answer.because}`)
        return answers.rule(answer.value, answer.place, lookup.about)
      }
    },
  }
}

function searchRules({ settings }: Build): SearchRules {
  return {
    parentMatchesSubdomains: settings.parentDomainMatchesSubdomains,
    recipientDelimiter: settings.recipientDelimiter,
    nullKey: settings.nullAccessLookupKey,
  }
}

export const checkClientAccess = checkAccess((table, subject, rules) => ({
  about: aboutClient(subject),
  answer: searchClient(table, subject.clientName, subject.ip, rules),
}))

export const checkReverseClientHostnameAccess = checkAccess(
  (table, subject, rules) => ({
    about: { name: subject.reverseName, class: 'Unverified Client host' },
    answer: searchClient(table, subject.reverseName, subject.ip, rules),
  }),
  { okIsForbidden: true },
)

export const checkHeloAccess = checkAccess((table, subject, rules) => {
  if (subject.helo === null) return null
  return { about: aboutHelo(subject), answer: searchDomain(table, withoutFinalDot(subject.helo), rules) }
})

export const checkAddressAccess = (whose: Whose): Maker =>
  checkAccess((table, subject, rules) => {
    const address = addressOf(whose, subject)
    if (address === null && (whose === 'recipient' || subject.sender === undefined)) return null
    return { about: aboutAddress(whose, subject), answer: searchAddress(table, address, rules) }
  })

export const checkSaslAccess = checkAccess((table, subject) => {
  const account = subject.facts.session.identity?.account
  if (account === undefined) return null
  return { about: { name: account, class: 'SASL login name' }, answer: table.find(account) }
})

export const checkCcertAccess = checkAccess((table, subject) => {
  const peer = subject.facts.session.tls?.peer ?? null
  if (peer === null) return null
  return { about: { name: peer, class: 'Client certificate' }, answer: table.find(peer) }
})

export const checkEtrnAccess = checkAccess((table, subject, rules) => {
  const domain = subject.facts.etrnDomain
  if (domain === undefined) return null
  return { about: { name: domain, class: 'Etrn command' }, answer: searchDomain(table, domain, rules) }
})

/** Turns the values of one table into rulings; texts that come again are not read again. */
class Answers {
  readonly #build: Build
  readonly #manner: Manner
  readonly #actions = new Lru<string, Action>(maxActions)
  readonly #lists = new Lru<string, Promise<readonly Item[]>>(maxActions)

  constructor(build: Build, manner: Manner) {
    this.#build = build
    this.#manner = manner
  }

  rule(value: string, place: string, about: About): Ruling | Promise<Ruling> {
    let action = this.#actions.get(value, 0)
    if (action === undefined) {
      action = parseAction(value)
      this.#actions.set(value, action, 1)
    }
    return this.#act(action, place, about)
  }

  #act(action: Action, place: string, about: About): Ruling | Promise<Ruling> {
    const because = `${place} says so`
    switch (action.kind) {
      case 'dunno':
        return dunno(`${place}: DUNNO`)
      case 'ok':
        if (this.#manner.okIsForbidden) return misconfigured(`${place}: OK is not allowed here, write DUNNO`)
        return permit(because)
      case 'refuse': {
        const code = this.#codeOf(action.code)
        return refuse(rejected(about, code, fixDsn(action.dsn, about.class), action.text), because)
      }
      case 'defer_if_permit':
      case 'defer_if_reject': {
        const code = this.#build.settings.accessMapDeferCode
        const refusal = rejected(about, code, fixDsn(action.dsn, about.class), action.text)
        return { kind: action.kind, refusal, because }
      }
      case 'discard':
        return { kind: 'discard', because: `${place}: ${action.text}` }
      case 'hold':
        return { kind: 'note', because, order: { kind: 'hold', because: action.text } }
      case 'filter':
        return { kind: 'note', because, order: { kind: 'filter', transport: action.to } }
      case 'redirect':
      case 'bcc':
        return { kind: 'note', because, order: { kind: action.kind, to: action.to } }
      case 'prepend':
        return { kind: 'note', because, order: { kind: 'prepend', name: action.name, value: action.value } }
      case 'warn':
      case 'info':
        return { kind: 'note', because, warning: action.text }
      case 'senseless':
        return { kind: 'note', because: `${place}: ${action.because}`, warning: `${place}: ${action.because}` }
      case 'list':
        return this.#list(action.text, place, about)
    }
  }

  #codeOf(code: number | 'reject' | 'defer'): number {
    if (code === 'reject') return this.#build.settings.accessMapRejectCode
    return code === 'defer' ? this.#build.settings.accessMapDeferCode : code
  }

  async #list(text: string, place: string, about: About): Promise<Ruling> {
    let list = this.#lists.get(text, 0)
    if (list === undefined) {
      list = this.#build.parseAnswer(text)
      this.#lists.set(text, list, 1)
    }
    try {
      return { kind: 'list', items: await list, about, because: `${place}: ${text}` }
    } catch (error) {
      return misconfigured(`${place}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
