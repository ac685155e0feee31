// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { checkAll } from '../app/check.ts'
import { UserError } from '../core/failure.ts'
import { type Io, paint, printJson } from './io.ts'
import { type CommonOptions, findOrDemo, withCommon } from './options.ts'

export function addCheck(command: Command, io: Io): void {
  withCommon(command).action(async (options: CommonOptions) => {
    const { text, file } = findOrDemo(options)
    const complaints = await checkAll(text, file)
    if (complaints.length > 0) throw new UserError(78, complaints)
    if (options.json === true) printJson(io, { file, ok: true })
    else io.out(`${file}: ${paint(io, 'green', 'nothing wrong')}\n`)
  })
}
