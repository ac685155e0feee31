// SPDX-License-Identifier: Apache-2.0
/** Limits, times, codes and switches: one parameter of Postfix, one setting of Postern. */
import type { Kind } from '../config/kinds.ts'
import { restrictionParameters } from '../config/restriction-parameters.ts'
import { schema } from '../config/schema.ts'
import { isTable, unsupported } from './maps.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Entry, Section, TomlValue } from './toml.ts'

interface Mapping {
  readonly parameter: string
  readonly section: 'smtp' | 'queue'
  readonly setting: string
  /** The unit of a number without one. */
  readonly unit?: string
}

const mappings: readonly Mapping[] = [
  { parameter: 'message_size_limit', section: 'smtp', setting: 'message_size_limit', unit: 'B' },
  { parameter: 'smtpd_recipient_limit', section: 'smtp', setting: 'recipient_limit' },
  { parameter: 'smtpd_client_connection_count_limit', section: 'smtp', setting: 'client_connection_limit' },
  { parameter: 'smtpd_hard_error_limit', section: 'smtp', setting: 'error_limit' },
  { parameter: 'smtpd_timeout', section: 'smtp', setting: 'timeout', unit: 's' },
  { parameter: 'smtpd_delay_reject', section: 'smtp', setting: 'delay_reject' },
  { parameter: 'soft_bounce', section: 'smtp', setting: 'soft_bounce' },
  { parameter: 'maximal_queue_lifetime', section: 'queue', setting: 'lifetime', unit: 'd' },
  { parameter: 'minimal_backoff_time', section: 'queue', setting: 'minimal_backoff', unit: 's' },
  { parameter: 'maximal_backoff_time', section: 'queue', setting: 'maximal_backoff', unit: 's' },
  { parameter: 'default_destination_concurrency_limit', section: 'queue', setting: 'concurrency' },
]

/** Settings whose parameter begins with "smtpd_". */
const ofSmtpd = /^(?:relay_before_|reject_unlisted_|null_access_|policy_service_|reject_footer$|sender_login_maps$)/

/** Expanded by Postfix only when a reply is written. */
const expandedLater = new Set(['default_rbl_reply', 'smtpd_reject_footer'])

/** What Postfix takes for "no limit". */
const unlimited: Readonly<Record<string, string | number>> = {
  message_size_limit: '1GB',
  smtpd_client_connection_count_limit: 100_000,
}

/** Every value that is not Postern's own default; more: what [smtp] has from elsewhere. */
export function importValues(parameters: Parameters, more: readonly Entry[], notes: Notes): readonly Section[] {
  const section = (name: 'smtp' | 'queue', others: readonly Entry[] = []): Section => ({
    name,
    comments: [],
    entries: [
      ...others,
      ...mappings
        .filter((mapping) => mapping.section === name)
        .flatMap((mapping) =>
          importValue(mapping, schema.fields?.[name]?.fields?.[mapping.setting], parameters, notes),
        ),
    ],
  })
  return [
    restrictionSection(parameters, notes),
    section('smtp', [...more, ...bareNewlines(parameters, notes)]),
    section('queue'),
  ]
}

/** normalize is our default too. */
function bareNewlines(parameters: Parameters, notes: Notes): readonly Entry[] {
  const name = 'smtpd_forbid_bare_newline'
  if (!parameters.isSet(name)) return []
  const value = parameters.value(name)
  const { file, line } = parameters.place(name)
  if (value === 'reject') return [{ key: 'bare_newlines', value, comment: `${name}, ${file}:${line}` }]
  if (value === 'no' || value === 'note')
    notes.add(
      'changed',
      { file, line },
      `${name} = ${value}`,
      'bare newlines are made CRLF: they may not end a message',
    )
  return []
}

function restrictionSection(parameters: Parameters, notes: Notes): Section {
  const entries = Object.entries(restrictionParameters.fields ?? {}).flatMap(([setting, kind]) => {
    const parameter = ofSmtpd.test(setting) ? `smtpd_${setting}` : setting
    if (setting === 'parent_domain_matches_subdomains') return parentDomains(kind, parameters)
    return importValue({ parameter, section: 'smtp', setting, unit: 's' }, kind, parameters, notes)
  })
  return { name: 'restrictions.parameters', comments: [], entries }
}

function importValue(
  { parameter, setting, unit }: Mapping,
  kind: Kind<unknown> | undefined,
  parameters: Parameters,
  notes: Notes,
): readonly Entry[] {
  const raw = expandedLater.has(parameter) ? parameters.raw(parameter) : parameters.value(parameter)
  if (kind === undefined || (raw === '' && !parameters.isSet(parameter))) return []
  const value = settingOf(raw, unit, kind, parameter, parameters, notes)
  if (value === null || isDefault(value, kind)) return []
  const { file, line } = parameters.place(parameter)
  return [
    { key: setting, value, comment: line > 0 ? `${parameter}, ${file}:${line}` : `${parameter}: Postfix's default` },
  ]
}

function settingOf(
  raw: string,
  unit: string | undefined,
  kind: Kind<unknown>,
  parameter: string,
  parameters: Parameters,
  notes: Notes,
): TomlValue | null {
  const { fallback } = kind
  const refuse = (because: string): null => {
    notes.add('dropped', parameters.place(parameter), `${parameter} = ${raw}`, because)
    return null
  }
  if (typeof fallback === 'boolean') return parameters.isYes(parameter)
  if (Array.isArray(fallback)) return parameters.words(parameter).map(({ text }) => ({ text, comment: null }))
  if (typeof fallback === 'number') {
    const [, digits, letter = ''] = /^(\d{1,12})([smhdw]?)$/i.exec(raw) ?? []
    if (digits === undefined) return refuse('this is no number that Postern can read')
    if (Number(digits) === 0 && unlimited[parameter] !== undefined) return unlimited[parameter]
    if (kind.name.startsWith('a whole number')) return Number(digits)
    return `${digits}${letter.toLowerCase() || unit}`
  }
  if (/_(?:maps|clientcerts)$/.test(parameter)) return tableOf(parameters, parameter, refuse)
  return raw
}

function tableOf(parameters: Parameters, parameter: string, refuse: (because: string) => null): string | null {
  const words = parameters.words(parameter)
  const why = words.map((word) => (isTable(word.text) ? unsupported(word.text, word) : 'this is no table'))
  const bad = why.find((reason) => reason !== null)
  if (bad !== undefined && bad !== null) return refuse(bad)
  if (words.length < 2) return words[0]?.text ?? ''
  return `unionmap:{${words.map((word) => word.text).join(', ')}}`
}

function isDefault(value: TomlValue, kind: Kind<unknown>): boolean {
  if (typeof value === 'string' && typeof kind.fallback === 'number') return inUnits(value) === kind.fallback
  if (typeof value === 'object') return value.length === 0
  return value === kind.fallback
}

const units: Readonly<Record<string, number>> = { B: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 }

function inUnits(text: string): number {
  return Number.parseInt(text, 10) * (units[text.slice(-1)] ?? 1)
}

function parentDomains(kind: Kind<unknown>, parameters: Parameters): readonly Entry[] {
  const name = 'parent_domain_matches_subdomains'
  const value = parameters.words(name).some((word) => word.text === 'smtpd_access_maps')
  const { file, line } = parameters.place(name)
  return value === kind.fallback ? [] : [{ key: name, value, comment: `${name}, ${file}:${line}` }]
}
