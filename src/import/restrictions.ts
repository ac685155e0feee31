// SPDX-License-Identifier: Apache-2.0
/** The restriction lists and classes: the same words, in the same order; what Postern does not have becomes a comment. */
import { type Complaint, UserError } from '../core/failure.ts'
import type { ChainStage } from '../core/ruling.ts'
import { didYouMean } from '../kit/nearest.ts'
import { catalogue, warnIfReject } from '../restrictions/catalogue.ts'
import { relayComplaint } from '../restrictions/open-relay.ts'
import { bareTables } from '../restrictions/parse.ts'
import { inBraces } from '../tables/words.ts'
import { splitPlaced, type Word } from './main-cf.ts'
import { fileOf, isTable, readText, unsupported } from './maps.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Entry, Item, Section } from './toml.ts'

const stages: Readonly<Record<ChainStage, string>> = {
  client: 'smtpd_client_restrictions',
  helo: 'smtpd_helo_restrictions',
  sender: 'smtpd_sender_restrictions',
  relay: 'smtpd_relay_restrictions',
  recipient: 'smtpd_recipient_restrictions',
  data: 'smtpd_data_restrictions',
  end_of_data: 'smtpd_end_of_data_restrictions',
  etrn: 'smtpd_etrn_restrictions',
}

/** Words of Postfix before 2.1, and what took their place. */
const obsolete: ReadonlyMap<string, string> = new Map([
  ['reject_maps_rbl', 'write reject_rbl_client for each of maps_rbl_domains'],
  ['check_relay_domains', 'write permit_auth_destination and reject_unauth_destination'],
  ['permit_naked_ip_address', 'Postfix has it no more; write what it stood for'],
])

/** Restrictions of Postfix whose next word belongs to them, in case Postern does not have them. */
const takesArgument =
  /^(?:check_\w+_access|check_policy_service|sleep|(?:reject|permit)_(?:rbl|rhsbl|dnswl|rhswl)_\w+)$/

export interface Surroundings {
  /** What stands before the client list. */
  readonly before: readonly Word[]
  /** Sockets of policy services that are there only while Postfix runs. */
  readonly spawned: ReadonlySet<string>
}

/** Throws UserError 78 where the lists would make an open relay, or name a type of table that nobody has. */
export function importLists(
  parameters: Parameters,
  { before, spawned }: Surroundings,
  notes: Notes,
): readonly Section[] {
  const classes = parameters.words('smtpd_restriction_classes').map(className)
  const read = (name: string, bareTable: string | null) =>
    readList(parameters.words(name), { bareTable, classes, parameters, spawned, notes })
  const written = mapValues(stages, (name, stage) => read(name, bareTables[stage]))
  const first = before.map((word): Carried => ({ ...word, comment: null }))
  const lists = { ...written, client: [...first, ...written.client] }
  const named = Object.fromEntries(classes.map((name) => [name, read(name, 'check_client_access')]))
  const carried = (items: readonly Carried[]) =>
    items.flatMap(({ text, file, line }) => (text === null ? [] : [{ text, file, line }]))
  const spec = { lists: mapValues(lists, carried), classes: mapValues(named, carried) }
  const complaint = relayComplaint(spec)
  if (complaint !== null) throw new UserError(78, [atHome(complaint, parameters)])
  const entries = Object.entries(lists).flatMap(([stage, items]): Entry[] => {
    const name = stages[stage as ChainStage]
    if (items.length === 0 && stage !== 'relay' && !parameters.isSet(name)) return []
    const behind = stage === 'client' && before.length > 0 ? 'postscreen and ' : ''
    return [entryOf(stage, items, behind + commentOf(name, parameters))]
  })
  const classEntries = Object.entries(named).map(([name, items]) => entryOf(name, items, commentOf(name, parameters)))
  return [
    { name: 'restrictions', comments: [], entries },
    { name: 'restrictions.classes', comments: [], entries: classEntries },
  ]
}

/** Lists of these words let in whoever has logged in, and nobody else: what a submission listener does. */
const usersOnly = new Set([
  ...['permit', 'permit_mynetworks', 'permit_sasl_authenticated', 'reject'],
  ...['reject_unauth_destination', 'defer_unauth_destination'],
  ...['reject_sender_login_mismatch', 'reject_authenticated_sender_login_mismatch'],
])

/** Whether such a list says nothing that a submission listener does not do by itself. */
export function isForUsersOnly(words: readonly Word[]): boolean {
  return words.every(({ text }) => usersOnly.has(text))
}

/** The lists of a service for our own users, its own and those of main.cf, as those of all submission listeners. */
export function importUserLists(
  parameters: Parameters,
  spawned: Surroundings['spawned'],
  notes: Notes,
): readonly Section[] {
  const classes = parameters.words('smtpd_restriction_classes').map(className)
  const entries = Object.entries(stages).flatMap(([stage, name]): Entry[] => {
    const words = parameters.words(name)
    if (stage === 'etrn' || !parameters.isSet(name) || isForUsersOnly(words)) return []
    const bareTable = bareTables[stage as ChainStage]
    // Everybody there has logged in; with "permit" the list would look like an open relay.
    const safe = words.map((word) => (word.text === 'permit' ? { ...word, text: 'permit_sasl_authenticated' } : word))
    const items = readList(safe, { bareTable, classes, parameters, spawned, notes })
    return [entryOf(stage, items, commentOf(name, parameters))]
  })
  return [{ name: 'submission.restrictions', comments: [], entries }]
}

/** Words of ours that take arguments, and cannot be the name of a class. */
function className({ text, file, line }: Word): string {
  const hint = 'give it another name, in the tables too'
  if (text !== 'score' && text !== 'rate_limit') return text
  throw new UserError(78, [{ file, line, text: `"${text}" is a restriction of Postern and no name for a class`, hint }])
}

/** An open relay by default has no line of its own: the list that should guard is named. */
function atHome(complaint: Complaint, parameters: Parameters): Complaint {
  const names = ['smtpd_relay_restrictions', 'smtpd_recipient_restrictions']
  if (complaint.line > 0) return complaint
  const place = names.map((name) => parameters.place(name)).find(({ line }) => line > 0)
  const hint = 'add reject_unauth_destination to smtpd_relay_restrictions'
  return { ...complaint, ...(place ?? parameters.place('smtpd_relay_restrictions')), hint }
}

interface Carried extends Omit<Word, 'text'> {
  /** null: dropped, and why. */
  readonly text: string | null
  readonly comment: string | null
}

interface Scope {
  readonly bareTable: string | null
  readonly classes: readonly string[]
  readonly parameters: Parameters
  readonly spawned: ReadonlySet<string>
  readonly notes: Notes
}

function readList(written: readonly Word[], scope: Scope): readonly Carried[] {
  const words = [...written]
  const items: Carried[] = []
  let warn = ''
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if (word === undefined) break
    const inner = inBraces(word.text)
    const name = word.text.toLowerCase()
    if (inner !== null) {
      const { file, line } = word
      words.splice(i--, 1, ...splitPlaced(inner).map(({ text }) => ({ text, file, line })))
    } else if (name === warnIfReject) warn = `${warnIfReject} `
    else {
      const isTableAlone = isTable(word.text)
      const hasArgument = !isTableAlone && (catalogue.get(name)?.argument ?? null) !== null
      const argument = hasArgument || (!catalogue.has(name) && takesArgument.test(name)) ? words[++i] : undefined
      items.push(isTableAlone ? bareTable(word, warn, scope) : readItem(word, argument, warn, scope))
      warn = ''
    }
  }
  return items
}

function bareTable(table: Word, warn: string, scope: Scope): Carried {
  const { file, line } = table
  if (scope.bareTable !== null) return readItem({ text: scope.bareTable, file, line }, table, warn, scope)
  return drop(table, table.text, 'a table alone means nothing in this list', scope)
}

function readItem(word: Word, argument: Word | undefined, warn: string, scope: Scope): Carried {
  const { file, line } = word
  const name = word.text.toLowerCase()
  const text = argument === undefined ? word.text : `${name} ${argument.text}`
  if (scope.classes.includes(word.text)) return { text: warn + word.text, comment: null, file, line }
  const maker = catalogue.get(name)
  if (maker === undefined) {
    const hint = didYouMean(name, [...catalogue.keys(), ...scope.classes])
    const unknown = `neither a restriction nor a class${hint === null ? '' : `; ${hint}`}`
    return drop(word, text, obsolete.get(name) ?? unknown, scope)
  }
  if (maker.argument === null) return { text: warn + name, comment: null, file, line }
  if (argument === undefined) return drop(word, text, 'its argument is missing', scope)
  if (name === 'check_policy_service') {
    const [, socket = ''] = /\bunix:([^\s,}]+)/.exec(argument.text) ?? []
    if (scope.spawned.has(socket))
      return drop(word, text, 'Postfix starts this service; run it by itself and add it', scope)
    const service = policyService(argument.text, scope.parameters)
    return { text: `${warn}${name} ${service}`, comment: null, file, line }
  }
  const why = isTable(argument.text) ? unsupported(argument.text, argument) : null
  if (why !== null) return drop(word, text, why, scope)
  const path = isTable(argument.text) ? fileOf(argument.text) : null
  if (path !== null && readText(path) === null) {
    const because = `its file ${path} cannot be read; until it is there \`postern check\` complains`
    scope.notes.add('todo', word, argument.text, because)
  }
  return { text: `${warn}${name} ${argument.text}`, comment: null, file, line }
}

/** Sockets of Postfix are named from its queue_directory. */
function policyService(argument: string, parameters: Parameters): string {
  const queue = parameters.value('queue_directory')
  return argument.replace(/\bunix:(?=[^/])/, `unix:${queue}/`)
}

function drop({ file, line }: Word, what: string, because: string, { notes }: Scope): Carried {
  notes.add('dropped', { file, line }, what, because)
  return { text: null, comment: `not carried over: ${what}: ${because}`, file, line }
}

function entryOf(key: string, items: readonly Carried[], comment: string): Entry {
  return { key, value: items.map(({ text, comment: why }): Item => ({ text, comment: why })), comment }
}

function commentOf(name: string, parameters: Parameters): string {
  const { file, line } = parameters.place(name)
  return line > 0 ? `${name}, ${file}:${line}` : `${name}: Postfix's default`
}

function mapValues<K extends string, A, B>(record: Readonly<Record<K, A>>, f: (value: A, key: K) => B): Record<K, B> {
  const entries = (Object.entries(record) as [K, A][]).map(([key, value]) => [key, f(value, key)])
  return Object.fromEntries(entries) as Record<K, B>
}
