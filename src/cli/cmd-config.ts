// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import type { Kind } from '../config/kinds.ts'
import { schema } from '../config/schema.ts'
import { UserError } from '../core/failure.ts'
import { didYouMean } from '../kit/nearest.ts'
import { type Io, paint, printJson } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

interface Setting {
  readonly name: string
  readonly value: unknown
  readonly fallback: unknown
  readonly doc: string
  readonly source: string
}

export function addConfig(command: Command, io: Io): void {
  withCommon(command)
    .option('--changed', 'only those that are not at their default')
    .action((names: string[], options: CommonOptions & { changed?: boolean }) => {
      const { loaded } = chooseConfig(options)
      const all = settings(schema.fields ?? {}, loaded.config, '', (path) => {
        const place = loaded.places.get(path)
        return place === undefined ? 'default' : `${place.file}:${place.line}`
      })
      for (const setting of select(all, names)) {
        if (options.changed === true && setting.source === 'default') continue
        if (options.json === true) printJson(io, setting)
        else print(io, setting, names.length > 0)
      }
    })
}

/** Depth first, in the order of the schema; maps and lists of tables by the names that were given. */
function settings(
  fields: Readonly<Record<string, Kind<unknown>>>,
  values: unknown,
  prefix: string,
  sourceOf: (path: string) => string,
): Setting[] {
  const at = (key: string): unknown =>
    values instanceof Map ? values.get(key) : (values as Readonly<Record<string, unknown>> | null)?.[key]
  return Object.entries(fields).flatMap(([key, kind]): Setting[] => {
    const name = prefix === '' ? key : `${prefix}.${key}`
    const each = kind.fields?.['<name>'] ?? kind.fields?.['[]']
    const value = at(key)
    if (each !== undefined) {
      const entries = value instanceof Map ? [...value.keys()] : (value as readonly unknown[]).map((_, i) => String(i))
      const inner = value instanceof Map ? value : new Map((value as readonly unknown[]).map((v, i) => [String(i), v]))
      const named = Object.fromEntries(entries.map((entry): [string, Kind<unknown>] => [entry, each]))
      return settings(named, inner, name, (path) => sourceOf(value instanceof Map ? path : bracketed(path, name)))
    }
    if (kind.fields !== undefined) return settings(kind.fields, value, name, sourceOf)
    return [{ name, value: plain(value), fallback: plain(kind.fallback), doc: kind.doc, source: sourceOf(name) }]
  })
}

/** listeners.0.role is set at listeners[0].role. */
function bracketed(path: string, list: string): string {
  return path.replace(new RegExp(`^${list}\\.(\\d+)`), `${list}[$1]`)
}

/** Words without their places. */
function plain(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((item: unknown) => (typeof item === 'object' && item !== null && 'text' in item ? item.text : item))
}

function select(all: readonly Setting[], names: readonly string[]): readonly Setting[] {
  if (names.length === 0) return all
  return names.flatMap((name) => {
    const found = all.filter((s) => s.name === name || s.name.startsWith(`${name}.`))
    if (found.length > 0) return found
    const hint = didYouMean(
      name,
      all.map((s) => s.name),
    )
    throw new UserError(64, [{ file: 'postern config', line: 0, text: `no setting ${name}`, hint }])
  })
}

function print(io: Io, { name, value, fallback, doc, source }: Setting, withDoc: boolean): void {
  if (withDoc) io.out(paint(io, 'dim', `# ${doc} Default: ${JSON.stringify(fallback)}.\n`))
  io.out(`${paint(io, 'bold', name)} = ${JSON.stringify(value)}  ${paint(io, 'dim', `# ${source}`)}\n`)
}
