// SPDX-License-Identifier: Apache-2.0
/** An existing Postfix configuration → postern.toml, and the list of what could not be carried over. */
import { importDelivery } from './delivery.ts'
import { importDomains } from './domains.ts'
import { importListeners } from './listeners.ts'
import { readMainCf } from './main-cf.ts'
import { readMasterCf, type Service } from './master-cf.ts'
import { importNetworks } from './networks.ts'
import { type Note, Notes, printNote } from './notes.ts'
import { Parameters } from './parameters.ts'
import { importPostscreen } from './postscreen.ts'
import { isAlwaysSo, reasonFor } from './reasons.ts'
import { importLists, importUserLists } from './restrictions.ts'
import { importRewriting } from './rewriting.ts'
import { tellServices } from './services.ts'
import { importTls } from './tls.ts'
import { commentLines, type Entry, printSections, type Section } from './toml.ts'
import { Transports } from './transports.ts'
import { importValues } from './values.ts'

export interface PostfixSource {
  readonly mainCf: string
  /** null: only port 25 is known. */
  readonly masterCf: string | null
  /** How the two are named in notes and complaints. */
  readonly mainFile: string
  readonly masterFile: string
  /** The folder of main.cf ($config_directory). */
  readonly directory: string
  /** What gethostname(2) says on that machine: the default of $myhostname. */
  readonly hostname: string
  /** Where Postern is to keep what changes at run time. */
  readonly dataDir: string
}

export interface Imported {
  /** postern.toml, with the notes as comments at its head. */
  readonly toml: string
  readonly notes: readonly Note[]
  /** Parameters of Postfix that were looked at. */
  readonly parameters: ReadonlySet<string>
}

/**
 * Reads main.cf, master.cf, and those tables whose keys have to be known now. Throws UserError 78 for what cannot be
 * read, $names that go round in a circle, types of table that nobody has, and for what would be an open relay.
 */
export function importPostfix(source: PostfixSource): Imported {
  const { hostname, directory, mainFile, masterFile } = source
  const notes = new Notes()
  const base = new Parameters(readMainCf(source.mainCf, mainFile), mainFile, { hostname, directory })
  const services = source.masterCf === null ? null : readMasterCf(source.masterCf, masterFile)
  const listeners = importListeners(services, base, notes)
  const parameters = base.of(listeners.overrides)
  const transports = new Transports(parameters, services ?? [], notes)
  const postscreen = listeners.hasPostscreen ? importPostscreen(parameters, notes) : { client: [], smtp: [] }
  const sections: readonly Section[] = [
    head(source, parameters, notes),
    ...listeners.sections,
    ...importDomains(parameters, transports, notes),
    ...importLists(parameters, { before: postscreen.client, spawned: spawnedBy(services ?? []) }, notes),
    ...(listeners.firstForUsers === null
      ? []
      : importUserLists(base.of(listeners.firstForUsers.overrides), spawnedBy(services ?? []), notes)),
    ...importValues(parameters, postscreen.smtp, notes),
    ...importDelivery(parameters, transports, notes),
    ...importRewriting(parameters, notes),
    ...importTls(parameters, listeners.asksCertificates, notes),
  ]
  tellTheRest(parameters, namedIn(services ?? []), notes)
  tellServices(services ?? [], listeners, base, notes)
  return {
    toml: `${preface(mainFile, notes)}\n${printSections(sections)}`,
    notes: notes.all,
    parameters: parameters.used,
  }
}

/** Policy services that Postfix starts when they are asked. */
function spawnedBy(services: readonly Service[]): ReadonlySet<string> {
  return new Set(services.filter(({ command }) => command === 'spawn').map(({ name }) => `private/${name}`))
}

function head({ dataDir }: PostfixSource, parameters: Parameters, notes: Notes): Section {
  const name = parameters.isSet('myhostname')
    ? [entry('hostname', parameters.value('myhostname'), parameters, 'myhostname')]
    : []
  return {
    name: '',
    comments: [],
    entries: [
      ...name,
      { key: 'data_dir', value: dataDir, comment: null },
      importNetworks(parameters, notes),
      entry('recipient_delimiter', parameters.value('recipient_delimiter'), parameters, 'recipient_delimiter'),
    ],
  }
}

function entry(key: string, value: string, parameters: Parameters, name: string): Entry {
  const { file, line } = parameters.place(name)
  return { key, value, comment: line > 0 ? `${name}, ${file}:${line}` : `${name}: Postfix's default` }
}

/** Parameters that stand in what a service sets for itself. */
function namedIn(services: readonly Service[]): ReadonlySet<string> {
  const values = services.flatMap(({ overrides }) => [...overrides.values()].map(({ value }) => value))
  return new Set(values.flatMap((value) => [...value.matchAll(/\$[({]?(\w+)/g)].map(([, name = '']) => name)))
}

/** What main.cf sets and nobody asked for. */
function tellTheRest(parameters: Parameters, named: ReadonlySet<string>, notes: Notes): void {
  for (const name of parameters.written) {
    if (parameters.wasAsked(name) || named.has(name)) continue
    const value = parameters.raw(name)
    if (isAlwaysSo(name, value)) continue
    const shown = value.length > 60 ? `${value.slice(0, 57)}...` : value
    notes.add('dropped', parameters.place(name), `${name} = ${shown}`.trimEnd(), reasonFor(name))
  }
}

function preface(mainFile: string, notes: Notes): string {
  const lines = commentLines(
    `Made from ${mainFile} by \`postern import postfix\`. Postern also judges what mail says: see [score].`,
  )
  if (notes.all.length === 0) return `${lines.join('\n')}\n`
  const told = notes.all.flatMap((note) => commentLines(printNote(note)))
  return [...lines, '#', '# What is not as it was in Postfix:', ...told, ''].join('\n')
}
