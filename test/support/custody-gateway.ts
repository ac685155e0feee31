// SPDX-License-Identifier: Apache-2.0
/**
 * A gateway with its real door, pipeline and custody, and with scanning off: every message is accepted as it is. The
 * crash test kills it and the custody bench measures it. Run as a program: node custody-gateway.ts CONFIG [ACCOUNT...];
 * accounts that do not exist are made.
 */
import { readFileSync } from 'node:fs'
import { createLocalDirectory } from '../../src/accounts/local.ts'
import { rememberedAccounts } from '../../src/accounts/remembered.ts'
import { openCustody } from '../../src/app/custody.ts'
import { openListeners, ownAddresses } from '../../src/app/listeners.ts'
import { openNetwork } from '../../src/app/network.ts'
import { dataPaths } from '../../src/app/paths.ts'
import { openRecipientTables } from '../../src/app/recipient-tables.ts'
import { readRoutes, recipientStatusOf } from '../../src/app/routes.ts'
import { openState } from '../../src/app/state.ts'
import { realWorld } from '../../src/app/world.ts'
import { type LoadedConfig, readConfig } from '../../src/config/load.ts'
import type { Envelope } from '../../src/core/envelope.ts'
import type { ChainOutcome } from '../../src/core/ruling.ts'
import { editHeaders } from '../../src/message/edit.ts'
import { createMetrics } from '../../src/metrics/registry.ts'
import { inboundWay } from '../../src/pipeline/inbound.ts'
import { submissionWay } from '../../src/pipeline/submission.ts'
import { ByteBudget } from '../../src/smtp/byte-budget.ts'
import { accepted, unseen } from './unexamined.ts'

const goOn: ChainOutcome = { reply: null, hangUp: false, orders: [], evidence: [], trace: [] }
export async function startCustodyGateway(loaded: LoadedConfig, accounts: readonly string[] = []) {
  const closing = new AsyncDisposableStack()
  const world = realWorld(loaded, (line) => void process.stdout.write(line))
  const { clock, ids, log } = world
  const paths = dataPaths(loaded)
  const metrics = createMetrics()
  const { routes, complaints } = await readRoutes(loaded)
  if (complaints.length > 0) throw new Error(JSON.stringify(complaints))
  const stores = closing.use(await openState(paths, log))
  for (const name of accounts) {
    await stores.accounts.add({ name, password: 'x', addresses: [], createdAt: clock.now() })
  }
  const dns = openNetwork(loaded, clock, metrics)
  const directory = createLocalDirectory({
    accounts: rememberedAccounts(stores.accounts, clock),
    isOurs: routes.hasAccounts,
    recipientDelimiter: loaded.config.recipient_delimiter,
    postmaster: null,
  })
  const custody = closing.use(
    await openCustody(loaded, {
      ...world,
      ...{ stores, directory, routes, dns, meter: metrics },
      isOwnAddress: ownAddresses(loaded),
    }),
  )
  const pass = async () => goOn
  const spine = {
    hostname: loaded.config.hostname,
    chains: {
      atConnect: pass,
      atHelo: pass,
      atMail: pass,
      atRcpt: pass,
      atData: pass,
      atEndOfData: pass,
      atEtrn: pass,
    },
    ...{ dns, clock, ids, log, editHeaders },
    queriesPerTransaction: 100,
    addressClass: routes.addressClass,
    examine: async () => unseen,
    decide: () => accepted,
    headerEdits: () => [],
    seal: async () => [],
    custody: custody.custody,
    rewrite: (envelope: Envelope) => custody.rewriter.envelope(envelope),
    observe: () => undefined,
    report: () => undefined,
    refused: () => undefined,
  }
  const recipientTables = await openRecipientTables(loaded, { clock, log, meter: metrics })
  const recipientStatus = recipientStatusOf(routes, directory, custody.couriers, recipientTables)
  const ways = {
    mx: inboundWay(spine),
    submission: submissionWay({
      ...spine,
      recipientStatus,
      fieldNames: () => new Set(['message-id', 'date', 'from']),
      sign: async () => [],
    }),
  }
  const listeners = closing.use(
    await openListeners(loaded, {
      ...{ ways, clock, ids, log, metrics },
      authenticate: async () => ({ kind: 'wrong' }) as never,
      certificate: { key: '', cert: '' } as never,
      reverse: async () => ({ kind: 'absent' }),
      budget: new ByteBudget(loaded.config.smtp.memory_budget),
      shelf: custody.shelf,
    }),
  )
  await custody.start()
  log.info('service.ready', { ports: listeners.all.map((listener) => String(listener.port)) })
  return { stores, custody, directory, listeners, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

if (import.meta.main) {
  // As in main.ts.
  process.env['UV_THREADPOOL_SIZE'] ??= '16'
  const file = process.argv[2] ?? ''
  const { loaded, complaints } = readConfig(readFileSync(file, 'utf8'), file)
  if (complaints.length > 0) throw new Error(JSON.stringify(complaints))
  const gateway = await startCustodyGateway(loaded, process.argv.slice(3))
  process.once('SIGTERM', () => void gateway[Symbol.asyncDispose]())
}
