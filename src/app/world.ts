// SPDX-License-Identifier: Apache-2.0
import type { LoadedConfig } from '../config/load.ts'
import { gathered } from '../log/gather.ts'
import { createLogger } from '../log/logger.ts'
import { realClock, realIds } from '../service/real-world.ts'
import type { World } from './gateway.ts'
import { openNetwork } from './network.ts'

/** The world as it is: the machine's clock, its randomness, its network, standard output for the log. */
export function realWorld(loaded: LoadedConfig, write: (line: string) => void): World {
  const { level, format } = loaded.config.log
  return {
    clock: realClock,
    ids: realIds(realClock),
    log: createLogger({ level, format, write: gathered(write), clock: realClock }),
    random: Math.random,
    openDns: (metrics) => openNetwork(loaded, realClock, metrics),
  }
}
