// SPDX-License-Identifier: Apache-2.0
/**
 * sqlite tables (sqlite_table(5)): a file of settings names a database and the query that a key is put into. The database
 * is opened for reading only, and asked again for every key: it is as fresh as its owner keeps it.
 */
import { dirname, isAbsolute, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Complaints, missing, type Read, type Table, type TableAnswer } from './table.ts'
import { logicalLines } from './words.ts'

interface Source {
  readonly path: string
  readonly query: string
  /** What is made of each value; "%s" is the value. */
  readonly resultFormat: string
  /** Domains whose keys are looked up; empty: all. */
  readonly domains: readonly string[]
  /** Rows that a key may have; 0: any number. */
  readonly expansionLimit: number
}

const settings = ['dbpath', 'query', 'result_format', 'domain', 'expansion_limit'] as const

/** The open database with its source. */
export interface OpenSource {
  find(key: string, spec: string): TableAnswer
}

export function parseSqliteTable(text: string, file: string): Read<OpenSource> {
  const complaints = new Complaints(file)
  const values = new Map<string, string>()
  for (const { text: written, line } of logicalLines(text)) {
    const match = /^(\w+)\s*=\s*(.*)$/s.exec(written)
    const name = settings.find((one) => one === match?.[1])
    if (name === undefined) complaints.add(line, `"${written}" is no setting`, `settings: ${settings.join(', ')}`)
    else values.set(name, match?.[2] ?? '')
  }
  const query = values.get('query') ?? ''
  const dbpath = values.get('dbpath') ?? ''
  if (query === '' || dbpath === '') complaints.add(0, 'dbpath and query must be set')
  const source: Source = {
    path: isAbsolute(dbpath) ? dbpath : join(dirname(file), dbpath),
    query,
    resultFormat: values.get('result_format') ?? '%s',
    domains: (values.get('domain') ?? '')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
    expansionLimit: Number(values.get('expansion_limit') ?? 0),
  }
  if (complaints.list.length > 0) return { kind: 'bad', complaints: complaints.list }
  try {
    return { kind: 'ok', value: openSource(source) }
  } catch (error) {
    complaints.add(0, `${source.path}: ${error instanceof Error ? error.message : String(error)}`)
    return { kind: 'bad', complaints: complaints.list }
  }
}

function openSource(source: Source): OpenSource {
  const database = new DatabaseSync(source.path, { readOnly: true })
  // Said now, so that a misspelt table of the query is not found out by the first message.
  database.prepare(expand(source.query, 'x@x.example', quote) ?? '')
  return {
    find(key, spec) {
      const query = mayAsk(key, source.domains) ? expand(source.query, key, quote) : null
      if (query === null) return missing
      try {
        const rows = database.prepare(query).all()
        const found = rows
          .flatMap((row) => Object.values(row)[0] ?? [])
          .map(String)
          .filter((value) => value !== '')
        if (source.expansionLimit > 0 && found.length > source.expansionLimit)
          return { kind: 'failed', because: `more than ${source.expansionLimit} rows` }
        if (found.length === 0) return missing
        const values = found.map((value) => expand(source.resultFormat, value, (part) => part) ?? value)
        return { kind: 'found', value: values.join(','), place: spec }
      } catch (error) {
        return { kind: 'failed', because: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}

function mayAsk(key: string, domains: readonly string[]): boolean {
  if (domains.length === 0) return true
  const at = key.lastIndexOf('@')
  return at >= 0 && domains.includes(key.slice(at + 1).toLowerCase())
}

/** The text of a value inside SQL quotes, which the operator's query has around it. */
function quote(value: string): string {
  return value.replace(/\0/g, '').replace(/'/g, "''")
}

/**
 * %s the key, %u its local part (all of it where there is no "@"), %d its domain, %1 … %9 labels of the domain from the
 * right, %% a percent sign. null where the key has no such part: then nothing is asked.
 */
function expand(template: string, key: string, quoted: (value: string) => string): string | null {
  const at = key.lastIndexOf('@')
  const user = at < 0 ? key : key.slice(0, at)
  const domain = at < 0 ? null : key.slice(at + 1)
  const labels = (domain ?? key).split('.').reverse()
  let lacks = false
  const text = template.replace(/%([sSuUdD1-9%])/g, (_, letter: string) => {
    if (letter === '%') return '%'
    const lower = letter.toLowerCase()
    const part = lower === 's' ? key : lower === 'u' ? user : lower === 'd' ? domain : labels[Number(letter) - 1]
    if (part === null || part === undefined || part === '') lacks = true
    return quoted(part ?? '')
  })
  return lacks ? null : text
}

export function sqliteTable(spec: string, source: () => OpenSource): Table {
  return { spec, wholeKeysOnly: false, find: (key) => source().find(key.toLowerCase(), spec) }
}
