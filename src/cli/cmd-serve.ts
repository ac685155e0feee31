// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { openDemo } from '../app/demo.ts'
import { startGateway } from '../app/gateway.ts'
import { realWorld } from '../app/world.ts'
import { untilStopped } from '../service/signals.ts'
import { tidyUp } from '../service/tidy.ts'
import { type Io, paint } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

export function addServe(command: Command, io: Io): void {
  withCommon(command).action((options: CommonOptions) => serve(options, io))
}

async function serve(options: CommonOptions, io: Io): Promise<void> {
  const { loaded, isDemo } = chooseConfig(options)
  const world = realWorld(loaded, io.out)
  await using gateway = await startGateway(loaded, world)
  for (const { role, tls, host, port } of gateway.listeners)
    world.log.info('service.listening', { role, tls, host, port })
  if (isDemo) for (const line of await openDemo(loaded, gateway)) io.out(`${paint(io, 'bold', line)}\n`)
  world.log.info('service.ready', { hostname: loaded.config.hostname })
  tidyUp()
  const signal = await untilStopped()
  world.log.info('service.stopping', { signal })
}
