// SPDX-License-Identifier: Apache-2.0
/** Options that every command takes, and what they bring. */
import type { Command } from 'commander'
import { demoConfig } from '../config/demo.ts'
import { findConfig, type LoadedConfig, readConfig, readText } from '../config/load.ts'
import { UserError } from '../core/failure.ts'

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

/** The text of the named config, of the one found, or of the demo. Throws UserError. */
export function findOrDemo(options: CommonOptions): { text: string; file: string; isDemo: boolean } {
  const file = findConfig(options.config)
  if (file !== null) return { text: readText(file), file, isDemo: false }
  return { text: demoConfig(demoData), file: 'demo', isDemo: true }
}

/** The same, read. Throws UserError 78 with every complaint at once. */
export function chooseConfig(options: CommonOptions): ChosenConfig {
  const { text, file, isDemo } = findOrDemo(options)
  const { loaded, complaints } = readConfig(text, file)
  if (complaints.length > 0) throw new UserError(78, complaints)
  return { loaded, isDemo }
}
