// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { whereTo } from '../app/where.ts'
import { type Io, printJson, printTable } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

interface RouteOptions extends CommonOptions {
  readonly sender: string
}

export function addRoute(command: Command, io: Io): void {
  withCommon(command)
    .option('--sender <address>', 'the reverse-path of the mail', '<>')
    .action((address: string, options: RouteOptions) => route(address, options, io))
}

async function route(address: string, options: RouteOptions, io: Io): Promise<void> {
  const found = await whereTo(chooseConfig(options).loaded, address, options.sender)
  if (options.json === true) for (const one of found) printJson(io, one)
  else {
    const rows = found.map((one) => [one.recipient, one.sender, one.route ?? 'nowhere', one.mode ?? ''])
    printTable(io, ['recipient', 'sender', 'route', 'mode'], rows)
  }
}
