// SPDX-License-Identifier: Apache-2.0
/** Domains whose recipients stand in tables: `recipients = "table:…"`. */
import type { LoadedConfig } from '../config/load.ts'
import type { Address } from '../core/address.ts'
import { UserError } from '../core/failure.ts'
import type { Clock, Logger, Meter } from '../core/ports.ts'
import { openTable } from '../tables/open.ts'
import { searchRecipient } from '../tables/recipient.ts'
import type { Table, TableAnswer } from '../tables/table.ts'
import { splitWords } from '../tables/words.ts'

/** Asks the tables that a setting names, "table:type:where, type:where"; isLocal: the address has a mailbox of ours. */
export type RecipientTables = (setting: string, address: Address, isLocal: boolean) => Promise<TableAnswer>

export interface TablePorts {
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

/** Tables are looked at for changes this often. */
const checkEveryMs = 1000

/** Throws UserError 78 for tables that are not there or cannot be read. */
export async function openRecipientTables(loaded: LoadedConfig, ports: TablePorts): Promise<RecipientTables> {
  const opened = new Map<string, readonly Table[]>()
  for (const [name, { recipients }] of loaded.config.domains) {
    if (!recipients.startsWith('table:') || opened.has(recipients)) continue
    const place = loaded.places.get(`domains.${name}.recipients`) ?? { file: loaded.file, line: 0 }
    const specs = splitWords(recipients.slice('table:'.length)) ?? []
    if (specs.length === 0) {
      const text = `domains.${name}.recipients names no table`
      throw new UserError(78, [{ ...place, text, hint: 'write "table:hash:/path/to/file"' }])
    }
    const options = { ...ports, baseDir: loaded.base, checkEveryMs }
    opened.set(recipients, await Promise.all(specs.map((spec) => openTable(spec, options, place))))
  }
  const delimiter = loaded.config.recipient_delimiter
  return (setting, address, isLocal) => searchRecipient(opened.get(setting) ?? [], address, delimiter, isLocal)
}
