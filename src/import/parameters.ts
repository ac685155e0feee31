// SPDX-License-Identifier: Apache-2.0
/** The parameters as Postfix would have them: what is written, else the default, with every $name put in. */
import { UserError } from '../core/failure.ts'
import { postfixDefaults } from './defaults.ts'
import { ExpansionError, expand } from './expand.ts'
import { type Place, splitPlaced, type Word, type Written, wordsOf } from './main-cf.ts'

export interface Machine {
  /** What gethostname(2) says there: the default of $myhostname. */
  readonly hostname: string
  /** The folder of main.cf: $config_directory. */
  readonly directory: string
}

export class Parameters {
  readonly #main: ReadonlyMap<string, Written>
  readonly #overrides: ReadonlyMap<string, Written>
  readonly #file: string
  readonly #machine: Machine
  /** Names that somebody asked for, or that stand in a value that somebody asked for. */
  readonly used: Set<string>

  constructor(
    main: ReadonlyMap<string, Written>,
    file: string,
    machine: Machine,
    overrides: ReadonlyMap<string, Written> = new Map(),
    used = new Set<string>(),
  ) {
    this.#main = main
    this.#overrides = overrides
    this.#file = file
    this.#machine = machine
    this.used = used
  }

  /** The same parameters as a service of master.cf sees them. */
  of(overrides: ReadonlyMap<string, Written>): Parameters {
    return new Parameters(this.#main, this.#file, this.#machine, overrides, this.used)
  }

  /** Names that main.cf sets, in its order. */
  get written(): readonly string[] {
    return [...this.#main.keys()]
  }

  isSet(name: string): boolean {
    return this.#find(name) !== undefined
  }

  /** Whether somebody asked for it before now; asking here does not count. */
  wasAsked(name: string): boolean {
    return this.used.has(name)
  }

  /** Where it was set; line 0 where it was not. */
  place(name: string): Place {
    return this.#find(name) ?? { file: this.#file, line: 0 }
  }

  /** As it was written, for what Postfix expands later. */
  raw(name: string): string {
    return this.#lookUp(name) ?? ''
  }

  /** Throws UserError 78 where $names go round in a circle. */
  value(name: string): string {
    return this.#expanded(this.raw(name), this.place(name), name)
  }

  /** yes or no. Throws UserError 78 for anything else. */
  isYes(name: string): boolean {
    const value = this.value(name).toLowerCase()
    if (value === 'yes' || value === 'no' || value === '') return value === 'yes'
    throw new UserError(78, [{ ...this.place(name), text: `${name} is "${value}"`, hint: 'write yes or no' }])
  }

  /** The words of a list, each at the line where it, or the $name that it comes from, is written. */
  words(name: string): readonly Word[] {
    const written = this.#find(name)
    const raw = written === undefined ? [{ text: this.raw(name), ...this.place(name) }] : wordsOf(written)
    this.used.add(name)
    return raw.flatMap(({ text, file, line }) =>
      splitPlaced(this.#expanded(text, { file, line }, name)).map((word) => ({ text: word.text, file, line })),
    )
  }

  #find(name: string): Written | undefined {
    return this.#overrides.get(name) ?? this.#main.get(name)
  }

  #expanded(text: string, { file, line }: Place, name: string): string {
    try {
      return expand(text, (wanted) => this.#lookUp(wanted)).trim()
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error
      throw new UserError(78, [{ file, line, text: `${name}: ${error.message}`, hint: null }])
    }
  }

  #lookUp(name: string): string | null {
    this.used.add(name)
    const written = this.#find(name)
    if (written !== undefined) return written.value
    const { hostname, directory } = this.#machine
    if (name === 'config_directory') return directory
    // Postfix completes a name without a dot, and falls back on a name that nobody has.
    if (name === 'myhostname') return hostname.includes('.') ? hostname : `${hostname}.localdomain`
    if (name === 'mydomain') return this.#domain()
    return Object.hasOwn(postfixDefaults, name) ? (postfixDefaults[name] ?? null) : null
  }

  /** $myhostname without its first label. */
  #domain(): string {
    const host = this.value('myhostname')
    return host.includes('.') ? host.slice(host.indexOf('.') + 1) : 'localdomain'
  }
}
