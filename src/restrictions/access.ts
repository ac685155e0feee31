// SPDX-License-Identifier: Apache-2.0
/** check_*_access: what an operator's table says about a client, a name or an address. */
import { type SearchRules, searchAddress, searchCertificate, searchClient, searchDomain } from '../tables/search.ts'
import type { Table, TableAnswer } from '../tables/table.ts'
import { aboutAddress, addressOf, type Whose } from './address.ts'
import { Answers, distrusting, type Manner, trusting } from './answers.ts'
import type { Build, Maker } from './build.ts'
import type { About } from './refusal.ts'
import { aboutClient, aboutHelo, aboutReverse, dunno, type Ruling, tableFailed } from './ruling.ts'
import type { Subject } from './subject.ts'

const nothing: Ruling = dunno('nothing to look up')
const notListed: Ruling = dunno('not in the table')

interface Lookup {
  readonly about: About
  readonly answer: TableAnswer | Promise<TableAnswer>
}

/** What to look up, or null where there is nothing (yet). */
type Ask = (table: Table, subject: Subject, rules: SearchRules) => Lookup | null

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
        if (answer.kind === 'failed') return tableFailed(lookup.about, `${table.spec}: ${answer.because}`)
        return answers.rule(answer.value, answer.place, lookup.about)
      }
    },
  }
}

export function searchRules({ settings }: Build): SearchRules {
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
    about: aboutReverse(subject),
    answer: searchClient(table, subject.reverseName, subject.ip, rules),
  }),
  distrusting,
)

export const checkHeloAccess = checkAccess((table, subject, rules) => {
  if (subject.helo === null) return null
  return { about: aboutHelo(subject), answer: searchDomain(table, subject.helo, rules) }
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
  return {
    about: { name: peer.subject.replace(/[^ -~]/g, '?'), class: 'Client certificate' },
    answer: searchCertificate(table, peer),
  }
})

export const checkEtrnAccess = checkAccess((table, subject, rules) => {
  const domain = subject.facts.etrnDomain
  if (domain === undefined) return null
  return { about: { name: domain, class: 'Etrn command' }, answer: searchDomain(table, domain, rules) }
})
