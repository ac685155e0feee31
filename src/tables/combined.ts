// SPDX-License-Identifier: Apache-2.0
/** Tables made of tables. */
import { missing, type Table, type TableAnswer } from './table.ts'

/** All that is found, with commas between; a member that fails makes the whole fail. */
export function unitedTables(spec: string, tables: readonly Table[]): Table {
  return {
    spec,
    wholeKeysOnly: tables.some((table) => table.wholeKeysOnly),
    async find(key): Promise<TableAnswer> {
      const answers = await Promise.all(tables.map((table) => table.find(key)))
      const failed = answers.find((answer) => answer.kind === 'failed')
      if (failed !== undefined) return failed
      const found = answers.filter((answer) => answer.kind === 'found')
      const place = found[0]?.place ?? spec
      return found.length === 0 ? missing : { kind: 'found', value: found.map(({ value }) => value).join(','), place }
    },
  }
}

/** The first table's answer is the second one's key, and so on; nothing when one of them has nothing. */
export function pipedTables(spec: string, tables: readonly Table[]): Table {
  return {
    spec,
    wholeKeysOnly: tables.some((table) => table.wholeKeysOnly),
    async find(key): Promise<TableAnswer> {
      let answer: TableAnswer = { kind: 'found', value: key, place: spec }
      for (const table of tables) {
        if (answer.kind !== 'found') break
        answer = await table.find(answer.value)
      }
      return answer
    },
  }
}
