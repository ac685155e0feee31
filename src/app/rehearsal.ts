// SPDX-License-Identifier: Apache-2.0
/** What a gateway knows, opened for a command that asks what would happen: nothing listens, nothing is sent. */
import type { LoadedConfig } from '../config/load.ts'
import { UserError } from '../core/failure.ts'
import { silentLogger } from '../log/logger.ts'
import { silentMeter } from '../metrics/registry.ts'
import { realClock, realIds } from '../service/real-world.ts'
import { openDirectory } from './accounts.ts'
import { openCustody } from './custody.ts'
import { ownAddresses } from './listeners.ts'
import { openNetwork } from './network.ts'
import { dataPaths } from './paths.ts'
import { readRoutes } from './routes.ts'
import { openState } from './state.ts'

/** Throws UserError 78 for routes that cannot be meant. */
export async function openRehearsal(loaded: LoadedConfig) {
  const ports = {
    clock: realClock,
    ids: realIds(realClock),
    log: silentLogger,
    meter: silentMeter,
    random: Math.random,
  }
  const { routes, complaints } = await readRoutes(loaded)
  if (complaints.length > 0) throw new UserError(78, complaints)
  await using opened = new AsyncDisposableStack()
  const stores = opened.use(await openState(dataPaths(loaded), silentLogger))
  const dns = openNetwork(loaded, realClock, silentMeter)
  const directory = openDirectory(loaded, stores.accounts, routes)
  const isOwnAddress = ownAddresses(loaded)
  const custody = opened.use(await openCustody(loaded, { ...ports, stores, directory, routes, dns, isOwnAddress }))
  const kept = opened.move()
  return { ports, stores, routes, dns, directory, custody, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
