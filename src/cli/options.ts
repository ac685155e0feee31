// SPDX-License-Identifier: Apache-2.0
/** Options that every command takes, and what they bring. */
import type { Command } from 'commander'
import { demoConfig } from '../config/demo.ts'
import { findConfig, type LoadedConfig, loadConfig, readConfig } from '../config/load.ts'

export interface CommonOptions {
  readonly config?: string
  readonly json?: boolean
}

export function withCommon(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the config file (default: ./postern.toml, then /etc/postern/postern.toml)')
    .option('--json', 'one JSON object a line, for programs')
}

/** The demo's data, beside the working directory. */
const demoData = 'postern-data'

export interface ChosenConfig {
  readonly loaded: LoadedConfig
  readonly isDemo: boolean
}

/** The named config, the one found, or the demo's. Throws UserError. */
export function chooseConfig(options: CommonOptions): ChosenConfig {
  const file = findConfig(options.config)
  if (file !== null) return { loaded: loadConfig(file), isDemo: false }
  return {
    loaded: { ...readConfig(demoConfig(demoData), 'demo').loaded, file: null, base: process.cwd() },
    isDemo: true,
  }
}
