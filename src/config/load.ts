// SPDX-License-Identifier: Apache-2.0
/** Finds, reads and validates the configuration; every complaint has file:line and a hint. */
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { type Complaint, UserError } from '../core/failure.ts'
import type { Place, Reading } from './kinds.ts'
import { presetFile, presets } from './presets.ts'
import { type Config, schema } from './schema.ts'
import { readToml, type TomlTable } from './toml.ts'

export interface LoadedConfig {
  readonly config: Config
  /** The file as complaints name it; "demo" for the demo. */
  readonly file: string
  /** Dotted path of a setting → where it was written. */
  readonly places: ReadonlyMap<string, Place>
  /** Relative paths in the config are taken from here. */
  readonly base: string
}

/** Where a table such as "policies.example.org" is written: the first of its settings; the file where it has none. */
export function placeOfTable({ places, file }: LoadedConfig, path: string): Place {
  return [...places].find(([key]) => key.startsWith(`${path}.`))?.[1] ?? { file, line: 0 }
}

const searched = ['./postern.toml', '/etc/postern/postern.toml'] as const

/** The config file to use: what --config says, else the first of the searched ones; null when there is none. */
export function findConfig(named: string | undefined): string | null {
  if (named !== undefined) {
    if (!existsSync(named)) throw new UserError(66, [{ file: named, line: 0, text: 'no such config file', hint: null }])
    return resolve(named)
  }
  const found = searched.find((path) => existsSync(path))
  return found === undefined ? null : resolve(found)
}

/** Throws UserError 66 where there is nothing to read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new UserError(66, [{ file, line: 0, text: `cannot be read: ${why}`, hint: null }])
  }
}

/** Text → settings and the complaints about them. Throws UserError only where the text is not TOML at all. */
export function readConfig(text: string, file: string): { loaded: LoadedConfig; complaints: readonly Complaint[] } {
  const reading: Reading = { file, complaints: [], places: new Map() }
  const tree = readToml(text, file)
  const read = schema.read(tree, '', reading, readPreset(tree, reading))
  const config: Config = { ...read, hostname: read.hostname === '' ? machineName() : read.hostname }
  const loaded = { config, file, places: reading.places, base: dirname(resolve(file)) }
  return { loaded, complaints: reading.complaints }
}

/** The settings of the preset that a file names; what the file itself says goes before them. */
function readPreset(tree: TomlTable, { places, complaints }: Reading): Config {
  const node = tree.entries.get('preset')
  const name = presets.find((each) => node?.kind === 'value' && node.value === each)
  if (name === undefined) return schema.fallback
  const file = presetFile(name)
  return schema.read(readToml(readText(file), file), '', { file, places, complaints })
}

function machineName(): string {
  const name = hostname().toLowerCase()
  return name.includes('.') ? name : `${name || 'localhost'}.localdomain`
}
