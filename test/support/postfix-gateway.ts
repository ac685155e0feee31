// SPDX-License-Identifier: Apache-2.0
/**
 * A Postern with its real door, way, lists, tables, routes and custody, from a config; what judges the message itself
 * is left out, and state is in memory: a comparison starts a hundred of them.
 */
import { join } from 'node:path'
import { createLocalDirectory } from '../../src/accounts/local.ts'
import { openChains } from '../../src/app/chains.ts'
import { openCustody } from '../../src/app/custody.ts'
import { openListeners, ownAddresses } from '../../src/app/listeners.ts'
import { openNetwork } from '../../src/app/network.ts'
import { openRecipientTables } from '../../src/app/recipient-tables.ts'
import { statusWithRewriting } from '../../src/app/rewriting.ts'
import { flushOf, readRoutes, recipientStatusOf, verifyOf } from '../../src/app/routes.ts'
import type { LoadedConfig } from '../../src/config/load.ts'
import { printComplaint } from '../../src/core/failure.ts'
import { lookUpPtr } from '../../src/dns/reverse.ts'
import { silentLogger as log } from '../../src/log/logger.ts'
import { editHeaders } from '../../src/message/edit.ts'
import { createMetrics } from '../../src/metrics/registry.ts'
import { inboundWay } from '../../src/pipeline/inbound.ts'
import { readCertificate } from '../../src/service/certificate.ts'
import { realClock as clock, realIds } from '../../src/service/real-world.ts'
import { ByteBudget } from '../../src/smtp/byte-budget.ts'
import { openStores } from '../../src/store/open.ts'
import { accepted, unseen } from './unexamined.ts'

export async function startListsGateway(loaded: LoadedConfig, certificates: string): Promise<AsyncDisposable> {
  const { config } = loaded
  const closing = new AsyncDisposableStack()
  const ids = realIds(clock)
  const metrics = createMetrics()
  const { routes, complaints } = await readRoutes(loaded)
  if (complaints.length > 0) throw new Error(complaints.map(printComplaint).join('\n'))
  const limits = { log, deadlineMs: 10_000, maxLosable: 10_000, greylistKeepMs: 864e5 }
  const stores = closing.use(await openStores('memory:', limits))
  const dns = openNetwork(loaded, clock, metrics)
  const directory = createLocalDirectory({
    accounts: stores.accounts,
    isOurs: routes.hasAccounts,
    recipientDelimiter: config.recipient_delimiter,
    postmaster: null,
  })
  const parts = { stores, directory, routes, dns, clock, ids, log, random: Math.random, meter: metrics }
  const custody = closing.use(await openCustody(loaded, { ...parts, isOwnAddress: ownAddresses(loaded) }))
  const tables = await openRecipientTables(loaded, { clock, log, meter: metrics })
  const mailboxStatus = recipientStatusOf(routes, directory, custody.couriers, tables)
  const recipientStatus = statusWithRewriting(custody.rewriter, routes, mailboxStatus)
  const verify = verifyOf(routes, custody.couriers)
  const chains = await openChains(loaded, { ...parts, recipientStatus, verify, trace: false })
  const mx = inboundWay({
    ...{ hostname: config.hostname, chains, dns, clock, ids, log, editHeaders },
    queriesPerTransaction: config.dns.queries_per_transaction,
    flush: flushOf(routes, custody.queue),
    addressClass: routes.addressClass,
    examine: async () => unseen,
    decide: (transaction) => ({
      ...accepted,
      ...(transaction.orders.some(({ kind }) => kind === 'discard')
        ? { action: { kind: 'discard', because: 'an order' } as const }
        : {}),
    }),
    headerEdits: () => [],
    seal: async () => [],
    rewrite: (envelope) => custody.rewriter.envelope(envelope),
    custody: custody.custody,
    observe: () => undefined,
    report: () => undefined,
    refused: () => undefined,
  })
  closing.use(
    await openListeners(loaded, {
      ...{ ways: { mx, submission: mx }, clock, ids, log, metrics, shelf: custody.shelf },
      // Every password is right, as it is for the Postfix of the comparison.
      authenticate: async ({ username: account, mechanism }) => ({
        account,
        identity: { account, mechanism, maySendAs: [] },
      }),
      certificate: readCertificate({
        key: join(certificates, 'server.key'),
        certificate: join(certificates, 'server.pem'),
      }),
      reverse: (ip, signal) => lookUpPtr(ip, { dns, clock, deadlineMs: config.dns.timeout }, signal),
      budget: new ByteBudget(config.smtp.memory_budget),
    }),
  )
  return { [Symbol.asyncDispose]: () => closing.disposeAsync() }
}
