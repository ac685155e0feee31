// SPDX-License-Identifier: Apache-2.0
/** Tables, alias files and the SRS key of the config, as one rewriter. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RecipientStatus } from '../accounts/directory.ts'
import type { LoadedConfig } from '../config/load.ts'
import { type Address, parseDomain } from '../core/address.ts'
import type { Domain } from '../core/brand.ts'
import { type Complaint, Failure, UserError } from '../core/failure.ts'
import { writeDurable } from '../kit/durable-file.ts'
import { type Aliases, type AliasTarget, parseAliases, parseInclude } from '../queue/aliases.ts'
import { Rewriter } from '../queue/rewrite.ts'
import { Srs } from '../queue/srs.ts'
import { WatchedFile } from '../tables/watched-file.ts'
import { checkTablesEveryMs, openTables, stillPorts } from './open-tables.ts'
import { dataPaths, fromBase, makeDataDir } from './paths.ts'
import type { TablePorts } from './recipient-tables.ts'
import type { Routes } from './routes.ts'

type Status = (address: Address, signal: AbortSignal) => Promise<RecipientStatus>

/** Asking whether an address exists ends by itself; this is the rewriter's own patience, in milliseconds. */
const existsMs = 30_000

/** Throws UserError 78 with every complaint about tables, files and names. */
export async function openRewriter(
  loaded: LoadedConfig,
  ports: TablePorts & { readonly routes: Routes; readonly status: Status },
): Promise<Rewriter> {
  const { routes, status, log, meter } = ports
  const { rewriting, recipient_delimiter: delimiter } = loaded.config
  const complaints: Complaint[] = []
  const open = async (specs: typeof rewriting.virtual_maps) => {
    const { tables, complaints: wrong } = await openTables(specs, loaded, ports)
    complaints.push(...wrong)
    return tables
  }
  const [virtual, senderCanonical, recipientCanonical] = [
    await open(rewriting.virtual_maps),
    await open(rewriting.sender_canonical_maps),
    await open(rewriting.recipient_canonical_maps),
  ]
  const aliases = await openAliases(loaded, ports, complaints)
  const srs = await openSrs(loaded, ports, complaints)
  if (complaints.length > 0) throw new UserError(78, complaints)
  return new Rewriter({
    ...{ delimiter, virtual, senderCanonical, recipientCanonical, srs, log, meter },
    alias: (name) => aliases.map((file) => file.value.get(name)).find((found) => found !== undefined) ?? null,
    include: includes(loaded, ports),
    isOurs: ({ domain }) => domain === '' || routes.isOurs(domain),
    addressClass: routes.addressClass,
    catchAll: (domain) => routes.find(domain)?.catchAll ?? null,
    exists: async (address) => {
      const found = await status(address, AbortSignal.timeout(existsMs))
      if (found === 'tempfail') throw new Failure(lookupTrouble, 'it is not known whether the recipient exists')
      return found === 'exists'
    },
    limit: rewriting.expansion_limit,
  })
}

const lookupTrouble = { code: 451, enhanced: '4.3.0', text: 'Temporary lookup failure' } as const

/** What is wrong with tables, alias files and the SRS domain. Makes no key. */
export async function checkRewriting(loaded: LoadedConfig): Promise<readonly Complaint[]> {
  const { rewriting } = loaded.config
  const complaints: Complaint[] = []
  for (const specs of [rewriting.virtual_maps, rewriting.sender_canonical_maps, rewriting.recipient_canonical_maps]) {
    complaints.push(...(await openTables(specs, loaded, stillPorts)).complaints)
  }
  await openAliases(loaded, stillPorts, complaints)
  readSrsDomain(loaded, complaints)
  return complaints
}

/** Who exists, those included who only stand for others. */
export function statusWithRewriting(rewriter: Rewriter, routes: Routes, status: Status): Status {
  return async (address, signal) => {
    if (address.domain !== '' && !routes.isOurs(address.domain)) return 'not-ours'
    try {
      if (await rewriter.standsForOthers(address)) return 'exists'
    } catch (error) {
      return error instanceof Failure && !error.temporary ? 'unknown' : 'tempfail'
    }
    const found = await status(address, signal)
    // The domain of our own reverse-paths has no mailboxes.
    return found === 'not-ours' ? 'unknown' : found
  }
}

async function openAliases(
  loaded: LoadedConfig,
  ports: TablePorts,
  complaints: Complaint[],
): Promise<readonly WatchedFile<Aliases>[]> {
  const programs = loaded.config.delivery.pipe
  const files: WatchedFile<Aliases>[] = []
  const options = { ...ports, checkEveryMs: checkTablesEveryMs }
  for (const { text } of loaded.config.rewriting.aliases) {
    const parse = (written: string, file: string) => parseAliases(written, file, programs)
    const file = await WatchedFile.open(fromBase(loaded.base, text), parse, options)
    if (file instanceof WatchedFile) files.push(file)
    else complaints.push(...file)
  }
  return files
}

/** Reads ":include:" files when they are first named, and again when they change. */
function includes({ base }: LoadedConfig, ports: TablePorts): (path: string) => Promise<readonly AliasTarget[]> {
  const files = new Map<string, WatchedFile<readonly AliasTarget[]>>()
  return async (path) => {
    const known = files.get(path)
    if (known !== undefined) return known.value
    const options = { ...ports, checkEveryMs: checkTablesEveryMs }
    const file = await WatchedFile.open(fromBase(base, path), parseInclude, options)
    if (!(file instanceof WatchedFile)) throw new Failure(lookupTrouble, `:include:${path}: ${file[0]?.text ?? ''}`)
    files.set(path, file)
    return file.value
  }
}

function readSrsDomain({ config, places, file }: LoadedConfig, complaints: Complaint[]): Domain | null {
  const written = config.rewriting.srs_domain
  const domain = written === '' ? null : parseDomain(written)
  if (written !== '' && domain === null) {
    const place = places.get('rewriting.srs_domain') ?? { file, line: 0 }
    complaints.push({ ...place, text: `rewriting.srs_domain "${written}" is not a domain name`, hint: null })
  }
  return domain
}

async function openSrs(loaded: LoadedConfig, ports: TablePorts, complaints: Complaint[]): Promise<Srs | null> {
  const domain = readSrsDomain(loaded, complaints)
  if (domain === null) return null
  return new Srs({
    domain,
    secrets: await srsSecrets(loaded),
    lifetimeMs: loaded.config.rewriting.srs_lifetime,
    now: () => ports.clock.now(),
  })
}

/** One secret a line, in hex; the first one signs. Made at first use. */
async function srsSecrets(loaded: LoadedConfig): Promise<readonly Uint8Array[]> {
  const paths = dataPaths(loaded)
  const path = join(paths.root, 'srs.key')
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  })
  if (text !== null)
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => Buffer.from(line.trim(), 'hex'))
  makeDataDir(paths)
  const secret = randomBytes(32)
  await writeDurable(`${path}.tmp`, path, Buffer.from(`${secret.toString('hex')}\n`))
  return [secret]
}
