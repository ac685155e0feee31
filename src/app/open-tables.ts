// SPDX-License-Identifier: Apache-2.0
/** The tables that a setting lists. */
import type { Placed } from '../config/kinds.ts'
import type { LoadedConfig } from '../config/load.ts'
import { type Complaint, UserError } from '../core/failure.ts'
import { silentLogger } from '../log/logger.ts'
import { silentMeter } from '../metrics/registry.ts'
import { realClock } from '../service/real-world.ts'
import { openTable } from '../tables/open.ts'
import type { Table } from '../tables/table.ts'
import type { TablePorts } from './recipient-tables.ts'

/** For a look at tables that tells nobody. */
export const stillPorts: TablePorts = { clock: realClock, log: silentLogger, meter: silentMeter }

/** Tables are looked at for changes this often. */
export const checkTablesEveryMs = 1000

/** Never throws for what an operator wrote: that is a complaint. */
export async function openTables(
  specs: readonly Placed[],
  { base }: LoadedConfig,
  ports: TablePorts,
): Promise<{ tables: readonly Table[]; complaints: readonly Complaint[] }> {
  const tables: Table[] = []
  const complaints: Complaint[] = []
  const options = { ...ports, baseDir: base, checkEveryMs: checkTablesEveryMs }
  for (const { text, file, line } of specs) {
    try {
      tables.push(await openTable(text, options, { file, line }))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      complaints.push(...error.complaints)
    }
  }
  return { tables, complaints }
}
