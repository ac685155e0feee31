// SPDX-License-Identifier: Apache-2.0
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { checkAll } from '../app/check.ts'
import { readText } from '../config/load.ts'
import { UserError } from '../core/failure.ts'
import { printNote } from '../import/notes.ts'
import { type Imported, importPostfix } from '../import/postfix.ts'
import { type Io, printComplaints, printJson } from './io.ts'

interface ImportOptions {
  readonly output?: string
  readonly dataDir: string
  readonly json?: boolean
}

export function addImport(command: Command, io: Io): void {
  command
    .command('postfix <main_cf> [master_cf]')
    .description(
      'main.cf (or its folder) → postern.toml on standard output; what is not carried over, on standard error',
    )
    .option('-o, --output <file>', 'write postern.toml here; a file that is there already is left alone')
    .option('--data-dir <folder>', 'data_dir of the result', '/var/lib/postern')
    .option('--json', 'one JSON object a line: {"toml"}, then each note, then what `postern check` says')
    .action((main: string, master: string | undefined, options: ImportOptions) => run(main, master, options, io))
}

async function run(main: string, master: string | undefined, options: ImportOptions, io: Io): Promise<void> {
  const imported = importFrom(main, master, options)
  const target = options.output ?? 'postern.toml'
  if (options.output !== undefined) write(options.output, imported.toml)
  if (options.json === true) {
    printJson(io, { toml: imported.toml })
    for (const note of imported.notes) printJson(io, note)
  } else {
    if (options.output === undefined) io.out(imported.toml)
    for (const note of imported.notes) io.err(`${printNote(note)}\n`)
  }
  printComplaints(io, await checkAll(imported.toml, target), options.json === true)
}

/** Throws UserError 66 for what cannot be read, 78 for what cannot be taken over. */
function importFrom(main: string, master: string | undefined, { dataDir }: ImportOptions): Imported {
  const isFolder = existsSync(main) && statSync(main).isDirectory()
  const mainFile = isFolder ? join(main, 'main.cf') : main
  const directory = resolve(dirname(mainFile))
  const beside = join(dirname(mainFile), 'master.cf')
  const masterFile = master ?? beside
  const hasMaster = master !== undefined || existsSync(beside)
  return importPostfix({
    mainCf: readText(mainFile),
    masterCf: hasMaster ? readText(masterFile) : null,
    ...{ mainFile, masterFile, directory, hostname: hostname(), dataDir },
  })
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o644 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const why = code === 'EEXIST' ? 'it is there already' : code
    throw new UserError(73, [{ file, line: 0, text: `cannot be written: ${why}`, hint: null }])
  }
}
