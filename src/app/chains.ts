// SPDX-License-Identifier: Apache-2.0
/** The restriction lists of the config, built for the way of mail, for `explain` and for `check`. */
import type { Directory } from '../accounts/directory.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Address } from '../core/address.ts'
import { type Complaint, printComplaint, UserError } from '../core/failure.ts'
import type { Clock, Logger, Meter } from '../core/ports.ts'
import { replies } from '../core/replies.ts'
import type { CounterStore, GreylistStore, Stores } from '../core/stores.ts'
import type { GatewayResolver } from '../dns/resolver.ts'
import { type Network, parseNetwork } from '../kit/cidr.ts'
import { within } from '../kit/within.ts'
import { silentLogger } from '../log/logger.ts'
import { silentMeter } from '../metrics/registry.ts'
import type { RecipientStatus, Verification } from '../restrictions/build.ts'
import { buildChains, type Chains, type ChainsSpec } from '../restrictions/chains.ts'
import { settingsFrom } from '../restrictions/settings.ts'
import { realClock } from '../service/real-world.ts'
import { readListeners, readNetworks } from './listeners.ts'
import { openNetwork } from './network.ts'
import { type Routes, readRoutes } from './routes.ts'

export interface ChainPorts {
  readonly dns: GatewayResolver
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
  readonly directory: Pick<Directory, 'ownersOf'>
  readonly routes: Routes
  readonly recipientStatus: (address: Address, signal: AbortSignal) => Promise<RecipientStatus>
  readonly verify: (address: Address, signal: AbortSignal) => Promise<Verification>
  readonly stores: Pick<Stores, 'greylist' | 'counters'>
  readonly trace: boolean
}

/** Tables are looked at for changes this often. */
const checkTablesEveryMs = 1000
/** Asking the next hop about a recipient ends by itself; this is the chains' own patience. */
const recipientStatusMs = 30_000

/**
 * The lists of [restrictions], or those for our own users. Throws UserError 78 with every complaint: unknown names,
 * missing tables, an open relay.
 */
export function openChains(loaded: LoadedConfig, ports: ChainPorts, role: 'mx' | 'submission' = 'mx'): Promise<Chains> {
  const { dns, clock, log, meter, directory, routes, recipientStatus, verify, stores, trace } = ports
  const owners = async (sender: Address) => {
    const found = await directory.ownersOf(sender)
    return found.length === 0 ? null : found
  }
  return buildChains(role === 'mx' ? specOf(loaded) : submissionSpecOf(loaded), {
    ...{ dns, clock, log, meter, verify, trace },
    ...{ greylist: stores.greylist, counters: stores.counters },
    hostname: loaded.config.hostname,
    logTrace: loaded.config.log.level === 'debug',
    directory: {
      addressClass: routes.addressClass,
      recipientStatus: (address) => within(recipientStatusMs, null, (signal) => recipientStatus(address, signal)),
      ownersOf: owners,
    },
    mynetworks: readNetworks(loaded).networks,
    interfaces: interfacesOf(loaded),
    baseDir: loaded.base,
    checkTablesEveryMs,
  })
}

/** A check asks no list about anybody. */
const unused: GreylistStore & CounterStore = {
  touch: async (_, now) => ({ firstSeen: now, passes: 0 }),
  peek: async () => null,
  add: async () => 0,
}

/** What is wrong with the lists, their tables, and what they would let through. */
export async function checkChains(loaded: LoadedConfig): Promise<readonly Complaint[]> {
  const ports: ChainPorts = {
    dns: openNetwork(loaded, realClock, silentMeter),
    clock: realClock,
    log: silentLogger,
    meter: silentMeter,
    directory: { ownersOf: async () => [] },
    routes: (await readRoutes(loaded)).routes,
    recipientStatus: async () => 'tempfail',
    verify: async () => ({ kind: 'tempfail', reply: replies.localError }),
    stores: { greylist: unused, counters: unused },
    trace: false,
  }
  // Classes belong to both.
  const found = new Map<string, Complaint>()
  for (const role of ['mx', 'submission'] as const)
    for (const complaint of await complaintsOf(openChains(loaded, ports, role)))
      found.set(printComplaint(complaint), complaint)
  return [...found.values()]
}

async function complaintsOf(opening: Promise<Chains>): Promise<readonly Complaint[]> {
  try {
    await opening
    return []
  } catch (error) {
    if (error instanceof UserError) return error.complaints
    throw error
  }
}

function specOf({ config }: LoadedConfig): ChainsSpec {
  const { classes, parameters, ...lists } = config.restrictions
  return {
    lists,
    classes: Object.fromEntries(classes),
    settings: settingsFrom(parameters, {
      delayReject: config.smtp.delay_reject,
      softBounce: config.smtp.soft_bounce,
      recipientDelimiter: config.recipient_delimiter,
    }),
  }
}

/** A login is always asked for: these lines end the relay list, whatever stands before them. */
const loginOnly = ['permit_sasl_authenticated', 'reject'].map((text) => ({
  text,
  file: 'a submission listener',
  line: 0,
}))

/** The way itself asks whether a recipient exists, and whose address the sender is. */
function submissionSpecOf(loaded: LoadedConfig): ChainsSpec {
  const { restrictions } = loaded.config.submission
  const { settings, classes } = specOf(loaded)
  const isEmpty = Object.values(restrictions).every((list) => list.length === 0)
  return {
    lists: { ...restrictions, relay: [...restrictions.relay, ...loginOnly], etrn: [] },
    classes: isEmpty ? {} : classes,
    settings: { ...settings, rejectUnlistedRecipient: false, rejectUnlistedSender: false },
  }
}

function interfacesOf(loaded: LoadedConfig): readonly Network[] {
  return readListeners(loaded).sockets.flatMap(({ host }) => {
    const network = parseNetwork(host)
    return typeof network === 'string' ? [] : [network]
  })
}
