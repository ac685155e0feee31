// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { dataPaths } from '../app/paths.ts'
import { UserError } from '../core/failure.ts'
import {
  dnsRecord,
  generateKey,
  type KeyState,
  keyStates,
  listKeys,
  type SigningAlgorithm,
  type StoredKey,
} from '../msgauth/keys.ts'
import { realClock } from '../service/real-world.ts'
import { type Io, printJson, printTable } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

interface GenerateOptions extends CommonOptions {
  readonly algorithm?: string
  readonly selector?: string
}

const algorithms: Readonly<Record<string, readonly SigningAlgorithm[]>> = {
  both: ['rsa-sha256', 'ed25519-sha256'],
  rsa: ['rsa-sha256'],
  ed25519: ['ed25519-sha256'],
}

export function addDkim(dkim: Command, io: Io): void {
  withCommon(dkim.command('generate <domain>'))
    .description('make keys and print their DNS records')
    .option('--algorithm <name>', 'rsa, ed25519 or both', 'both')
    .option('--selector <name>', 'name of the key (default: after the day); for one algorithm only')
    .action((domain: string, options: GenerateOptions) => generate(domain, options, io))
  withCommon(dkim.command('dns [domain]').description('the TXT records to publish')).action(
    (domain: string | undefined, options: CommonOptions) => dns(domain, options, io),
  )
  withCommon(dkim.command('list').description('all keys, oldest first')).action((options: CommonOptions) =>
    list(options, io),
  )
}

async function generate(domain: string, options: GenerateOptions, io: Io): Promise<void> {
  const chosen = algorithms[options.algorithm ?? 'both']
  if (chosen === undefined)
    throw usage(`--algorithm ${options.algorithm}: there are ${Object.keys(algorithms).join(', ')}`)
  if (chosen.length > 1 && options.selector !== undefined)
    throw usage('--selector names one key: choose --algorithm rsa or ed25519')
  const directory = dataPaths(chooseConfig(options).loaded).dkim
  for (const algorithm of chosen) {
    const key = await generateKey({
      directory,
      domain,
      algorithm,
      selector: options.selector ?? null,
      now: realClock.now(),
    })
    printRecord(key, options, io)
  }
}

async function dns(domain: string | undefined, options: CommonOptions, io: Io): Promise<void> {
  const keys = await listKeys(dataPaths(chooseConfig(options).loaded).dkim)
  const wanted = keys.filter((key) => domain === undefined || key.domain === domain.toLowerCase())
  if (wanted.length === 0)
    throw new UserError(
      66,
      `no key${domain === undefined ? '' : ` for ${domain}`}: postern dkim generate DOMAIN makes one`,
    )
  for (const key of wanted) printRecord(key, options, io)
}

async function list(options: CommonOptions, io: Io): Promise<void> {
  const { loaded } = chooseConfig(options)
  const keys = await listKeys(dataPaths(loaded).dkim)
  const overlapMs = loaded.config.submission.dkim_overlap
  const states = keyStates(keys, realClock.now(), overlapMs)
  const tell = (key: StoredKey, i: number) => stateText(states[i] ?? 'signs', key, overlapMs)
  if (options.json === true) keys.forEach((key, i) => void printJson(io, { ...describe(key), state: states[i] }))
  else
    printTable(
      io,
      ['domain', 'selector', 'algorithm', 'bits', 'since', 'state'],
      keys.map((k, i) => [k.domain, k.selector, k.algorithm, k.bits, day(k.createdAt), tell(k, i)]),
    )
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)

function stateText(state: KeyState, key: StoredKey, overlapMs: number): string {
  if (state === 'waits') return `signs from ${day(key.createdAt + overlapMs)}; publish its record now`
  return state === 'old' ? 'old; keep its record published for a week, then remove both' : 'signs'
}

function printRecord(key: StoredKey, options: CommonOptions, io: Io): void {
  const record = dnsRecord(key)
  if (options.json === true) printJson(io, { ...describe(key), name: record.name, value: record.value })
  else io.out(`${record.zoneLine}\n`)
}

function describe({ domain, selector, algorithm, bits, file }: StoredKey) {
  return { domain, selector, algorithm, bits, file }
}

function usage(text: string): UserError {
  return new UserError(64, [{ file: 'postern dkim', line: 0, text, hint: null }])
}
