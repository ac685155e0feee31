// SPDX-License-Identifier: Apache-2.0
/** The kinds of setting: what each accepts, and how it complains. schema.ts is written in these words. */
import type { Complaint } from '../core/failure.ts'
import { didYouMean } from '../kit/nearest.ts'
import type { TomlNode } from './toml.ts'

/** Where a value was written. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** A word of the config that keeps its place, because it is judged later, by the room that knows its language. */
export interface Placed extends Place {
  readonly text: string
}

export interface Reading {
  readonly file: string
  readonly complaints: Complaint[]
  /** Dotted path → where it was set; what is absent has its default. */
  readonly places: Map<string, Place>
}

/**
 * One kind of setting. `read` returns the default and complains when the value does not fit. A table keeps, for what is
 * not written, the values of `beneath`: those of a preset.
 */
export interface Kind<T> {
  readonly name: string
  readonly fallback: T
  readonly doc: string
  readonly fields?: Readonly<Record<string, Kind<unknown>>>
  read(node: TomlNode, path: string, reading: Reading, beneath?: T): T
}

export type Value<K> = K extends Kind<infer T> ? T : never

export function complain(reading: Reading, line: number, text: string, hint: string | null = null): void {
  reading.complaints.push({ file: reading.file, line, text, hint })
}

type Accepted<T> = { readonly value: T } | { readonly hint: string | null }

function scalar<T>(name: string, fallback: T, doc: string, accept: (written: unknown) => Accepted<T>): Kind<T> {
  return {
    name,
    fallback,
    doc,
    read(node, path, reading) {
      const written = node.kind === 'value' ? JSON.stringify(node.value) : node.kind === 'array' ? 'a list' : 'a table'
      const result = node.kind === 'value' ? accept(node.value) : { hint: null }
      if ('value' in result) {
        reading.places.set(path, { file: reading.file, line: node.line })
        return result.value
      }
      complain(reading, node.line, `${path} is ${written}, expected ${name}`, result.hint)
      return fallback
    },
  }
}

const no = { hint: null }

export function text(fallback: string, doc: string): Kind<string> {
  return scalar('text', fallback, doc, (v) => (typeof v === 'string' ? { value: v } : no))
}

export function boolean(fallback: boolean, doc: string): Kind<boolean> {
  return scalar('true or false', fallback, doc, (v) => (typeof v === 'boolean' ? { value: v } : no))
}

export function integer(fallback: number, min: number, max: number, doc: string): Kind<number> {
  const name = `a whole number from ${min} to ${max}`
  return scalar(name, fallback, doc, (v) =>
    typeof v === 'number' && Number.isInteger(v) && v >= min && v <= max ? { value: v } : no,
  )
}

/** A number of points; false switches the action off. */
export function points(fallback: number | null, doc: string): Kind<number | null> {
  return scalar('a number of points, or false', fallback, doc, (v) =>
    v === false ? { value: null } : typeof v === 'number' && Number.isFinite(v) ? { value: v } : no,
  )
}

/** A setting that may be left to a wider one: undefined where it is not written. */
export function optional<T>(kind: Kind<T>): Kind<T | undefined> {
  return { ...kind, fallback: undefined, read: (node, path, reading) => kind.read(node, path, reading) }
}

export function oneOf<const T extends string>(choices: readonly T[], fallback: T, doc: string): Kind<T> {
  return scalar(`one of ${choices.join(', ')}`, fallback, doc, (v) => {
    const choice = choices.find((c) => c === v)
    return choice === undefined ? { hint: typeof v === 'string' ? didYouMean(v, choices) : null } : { value: choice }
  })
}

/** One of the choices, or text that begins with a prefix; what follows it is judged by the room that knows it. */
export function oneOfOr<const T extends string, const P extends string>(
  choices: readonly T[],
  prefix: P,
  fallback: T,
  doc: string,
): Kind<T | `${P}${string}`> {
  const beginsSo = (v: string): v is `${P}${string}` => v.startsWith(prefix)
  return scalar<T | `${P}${string}`>(`one of ${choices.join(', ')}, or "${prefix}…"`, fallback, doc, (v) => {
    const choice = choices.find((c) => c === v)
    if (choice !== undefined) return { value: choice }
    if (typeof v !== 'string') return no
    return beginsSo(v) ? { value: v } : { hint: didYouMean(v, [...choices, prefix]) }
  })
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 }
const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1 << 20,
  GiB: 1 << 30,
}

function withUnit(name: string, units: Readonly<Record<string, number>>, fallback: string, doc: string): Kind<number> {
  const parse = (v: unknown): number | null => {
    const m = typeof v === 'string' ? /^(\d{1,12})\s?([A-Za-z]{1,3})$/.exec(v) : null
    const unit = m?.[2] === undefined ? undefined : units[m[2]]
    return m === null || unit === undefined ? null : Number(m[1]) * unit
  }
  return scalar(name, parse(fallback) ?? 0, doc, (v) => {
    const value = parse(v)
    return value === null ? no : { value }
  })
}

/** Milliseconds, written "5m". */
export function duration(fallback: string, doc: string): Kind<number> {
  return withUnit('a duration such as "5m" (ms, s, m, h, d, w)', durationUnits, fallback, doc)
}

/** Bytes, written "25MB". */
export function size(fallback: string, doc: string): Kind<number> {
  return withUnit('a size such as "25MB" (B, KB, MB, GB, KiB, MiB, GiB)', sizeUnits, fallback, doc)
}

/** A list of words that keep their places; a single word may stand for a list of one. */
export function words(fallback: readonly string[], doc: string): Kind<readonly Placed[]> {
  return {
    name: 'a list of words',
    fallback: fallback.map((w) => ({ text: w, file: 'default', line: 0 })),
    doc,
    read(node, path, reading) {
      const items = node.kind === 'array' ? node.items : [node]
      reading.places.set(path, { file: reading.file, line: node.line })
      return items.flatMap((item) => {
        if (item.kind === 'value' && typeof item.value === 'string')
          return [{ text: item.value, file: reading.file, line: item.line }]
        complain(
          reading,
          item.line,
          `${path} holds ${item.kind === 'value' ? JSON.stringify(item.value) : `a ${item.kind}`}`,
          'expected text',
        )
        return []
      })
    },
  }
}

type Fields = Readonly<Record<string, Kind<unknown>>>
export type TableOf<F extends Fields> = { readonly [K in keyof F]: Value<F[K]> }

export function table<F extends Fields>(doc: string, fields: F): Kind<TableOf<F>> {
  const fallback = Object.fromEntries(Object.entries(fields).map(([k, kind]) => [k, kind.fallback])) as TableOf<F>
  return {
    name: 'a table',
    fallback,
    doc,
    fields,
    read(node, path, reading, beneath = fallback) {
      if (node.kind !== 'table') {
        complain(reading, node.line, `${path || 'the file'} is not a table`)
        return beneath
      }
      const out: Record<string, unknown> = { ...beneath }
      for (const [key, child] of node.entries) {
        const kind = fields[key]
        const where = path === '' ? key : `${path}.${key}`
        if (kind === undefined)
          complain(reading, child.line, `unknown setting ${where}`, didYouMean(key, Object.keys(fields)))
        else out[key] = kind.read(child, where, reading, out[key])
      }
      return out as TableOf<F>
    },
  }
}

/** [name.KEY] tables, or name = { KEY = value }: any key, one kind of value, each with its place. */
export function mapOf<T>(doc: string, each: Kind<T>): Kind<ReadonlyMap<string, T>> {
  return {
    name: 'a table',
    fallback: new Map(),
    doc,
    fields: { '<name>': each },
    read(node, path, reading, beneath = new Map()) {
      const out = new Map<string, T>(beneath)
      if (node.kind !== 'table') complain(reading, node.line, `${path} is not a table`)
      else
        for (const [key, child] of node.entries) out.set(key, each.read(child, `${path}.${key}`, reading, out.get(key)))
      return out
    },
  }
}

/** [[name]] tables. */
export function listOf<F extends Fields>(
  doc: string,
  each: Kind<TableOf<F>>,
): Kind<readonly (TableOf<F> & { readonly place: Place })[]> {
  return {
    name: 'a list of tables',
    fallback: [],
    doc,
    fields: { '[]': each },
    read(node, path, reading) {
      if (node.kind !== 'array') {
        complain(reading, node.line, `${path} is not a list of tables`, `write [[${path}]]`)
        return []
      }
      return node.items.map((item, i) => ({
        ...each.read(item, `${path}[${i}]`, reading),
        place: { file: reading.file, line: item.line },
      }))
    },
  }
}
