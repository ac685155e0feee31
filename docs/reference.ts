// SPDX-License-Identifier: Apache-2.0
/** The reference pages, made from what the program itself reads: the schema, the catalogues. */
import type { Kind } from '../src/config/kinds.ts'
import { schema } from '../src/config/schema.ts'
import { catalogue, type MetricSpec } from '../src/metrics/catalogue.ts'
import { catalogue as restrictions } from '../src/restrictions/catalogue.ts'
import { tableTypes } from '../src/tables/open.ts'
import { differences } from './postfix-differences.ts'
import { restrictionGroups } from './restriction-notes.ts'

/** File name in docs/reference/ → its text. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['settings.md', settingsPage()],
    ['metrics.md', metricsPage()],
    ['restrictions.md', restrictionsPage()],
    ['postfix-differences.md', differencesPage()],
  ])
}

const generated = '<!-- Made by `npm run docs`; change the source, not this page. -->'

function page(title: string, intro: string, body: readonly string[]): string {
  return `${[generated, `# ${title}`, intro, ...body].join('\n\n')}\n`
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

export interface Setting {
  /** As in a TOML file: smtp.timeout, listeners[].role, domains.<name>.mode. */
  readonly name: string
  readonly section: string
  readonly kind: Kind<unknown>
}

/** Every setting of the schema, in its order. */
export function settings(): readonly Setting[] {
  return below(schema, '', '')
}

function below(table: Kind<unknown>, prefix: string, section: string): Setting[] {
  return Object.entries(table.fields ?? {}).flatMap(([key, kind]): Setting[] => {
    const name = prefix === '' || key === '[]' ? `${prefix}${key}` : `${prefix}.${key}`
    if (kind.fields === undefined) return [{ name, section, kind }]
    return below(kind, name, kind.fields['[]'] || kind.fields['<name>'] ? section : name)
  })
}

function settingsPage(): string {
  const sections = Map.groupBy(settings(), (setting) => setting.section)
  const body = [...sections].flatMap(([section, members]) => [
    `## ${section === '' ? 'At the top of the file' : headingOf(section)}`,
    ...(section === '' ? [] : [docOf(section)]),
    tableOf(
      ['setting', 'what it takes', 'default', 'what it means'],
      members.map(({ name, kind }) => [code(name), shortName(kind), code(printDefault(kind)), kind.doc]),
    ),
  ])
  const intro =
    'Everything that `postern.toml` may say. `postern config` shows what is in force and where it was set; ' +
    '`postern check` says what is wrong. A key that is not listed here is an error. Durations are written "5m" (ms, s, m, ' +
    'h, d, w), sizes "25MB" (B, KB, MB, GB, or KiB, MiB, GiB).'
  return page('Settings', intro, body)
}

function headingOf(section: string): string {
  return code(section.endsWith('[]') ? `[[${section.slice(0, -2)}]]` : `[${section}]`)
}

/** The units stand once, at the head of the page. */
function shortName({ name }: Kind<unknown>): string {
  return name.replace(/ such as .*$/, '')
}

function docOf(section: string): string {
  let kind: Kind<unknown> | undefined = schema
  for (const step of section.replace('[]', '.[]').split('.')) kind = kind?.fields?.[step]
  return kind?.doc ?? ''
}

function code(text: string): string {
  return `\`${text}\``
}

/** As one would write it in the file. */
function printDefault({ name, fallback }: Kind<unknown>): string {
  if (typeof fallback === 'number' && name.startsWith('a duration')) return inUnits(fallback, durations)
  if (typeof fallback === 'number' && name.startsWith('a size')) return inUnits(fallback, sizes)
  if (fallback === null) return 'false'
  if (fallback === undefined) return 'the wider one'
  if (Array.isArray(fallback))
    return `[${fallback.map((word: { text: string }) => JSON.stringify(word.text)).join(', ')}]`
  return JSON.stringify(fallback)
}

const durations = { w: 6048e5, d: 864e5, h: 36e5, m: 6e4, s: 1e3, ms: 1 } as const
const sizes = { GB: 1e9, MB: 1e6, KB: 1e3, B: 1 } as const

function inUnits(value: number, units: Readonly<Record<string, number>>): string {
  const unit = Object.entries(units).find(([, size]) => value >= size && value % size === 0)
  return unit === undefined ? `"${value}"` : `"${value / unit[1]}${unit[0]}"`
}

function metricsPage(): string {
  const rows = Object.entries(catalogue as Readonly<Record<string, MetricSpec>>).map(([name, spec]) => [
    code(name),
    spec.kind,
    spec.labels.map(code).join(' '),
    spec.help,
  ])
  const intro =
    'What `/metrics` of an `http` listener tells, in the text format of Prometheus. Beside these stand the figures of ' +
    'the process itself, as prom-client collects them (`process_*`, `nodejs_*`). docs/operate/monitoring.md says what to watch.'
  return page('Metrics', intro, [tableOf(['metric', 'kind', 'labels', 'what it counts'], rows)])
}

function restrictionsPage(): string {
  const intro =
    'The words of the lists in `[restrictions]`, with the meaning that they have in Postfix. A list runs from left to ' +
    'right. Each entry permits (the list ends), refuses (the client is told), or has no opinion (the next one is asked). ' +
    'Codes in parentheses are those of the reply. While DNS or a table cannot answer, nobody is refused for good. ' +
    '`postern explain` shows what each entry said to an envelope, and why.'
  const groups = restrictionGroups.flatMap(({ title, intro: about, notes }) => [
    `## ${title}`,
    about,
    tableOf(
      ['restriction', 'what it does'],
      Object.entries(notes).map(([name, note]) => [code(written(name)), title === 'Old names' ? code(note) : note]),
    ),
  ])
  return page('Restrictions', intro, [...groups, ...tableNotes()])
}

function differencesPage(): string {
  const intro =
    'The lists of `[restrictions]` answer as Postfix’s do: a test starts a Postfix, gives both the same configuration, ' +
    'and compares code and enhanced code of every step of about a thousand SMTP dialogues. What differs on purpose:'
  const rows = differences.map(({ when, postfix, postern, because }) => [when, postfix, postern, because])
  return page('Postfix and Postern', intro, [tableOf(['when', 'Postfix', 'Postern', 'because'], rows)])
}

function written(name: string): string {
  const argument = restrictions.get(name)?.argument ?? null
  return argument === null ? name : `${name} ${argument}`
}

function tableNotes(): readonly string[] {
  return [
    '## Tables',
    `A table is written \`type:where\`. Types: ${tableTypes.map(code).join(', ')}. The types of databases (\`hash\`, ` +
      '`btree`, `lmdb`, `cdb`, `dbm`) read the text file that the database would be made from, so there is nothing to ' +
      'rebuild. A file that changes is read again; a broken new version leaves the old one in force, and the log says so. ' +
      'Relative paths are taken from the config file.',
    '`sqlite:FILE` names a file with `dbpath` and `query` (and `result_format`, `domain`, `expansion_limit`), as in ' +
      'sqlite_table(5); `tcp:HOST:PORT` a program that speaks tcp_table(5).',
    'An access table answers with `OK`, `DUNNO`, `REJECT text`, `DEFER text`, a reply code with text, `HOLD`, `DISCARD`, ' +
      '`REDIRECT address`, `BCC address`, `PREPEND Name: value`, `WARN`, `INFO`, or names of restrictions.',
  ]
}
