// SPDX-License-Identifier: Apache-2.0
/** Who exists, by the operator's tables: the keys of relay_recipient_maps and virtual_mailbox_maps (postconf(5)). */
import { type Address, printAddress, withoutExtension } from '../core/address.ts'
import { missing, type Table, type TableAnswer } from './table.ts'

/**
 * The first answer of the tables for the address, the address without its extension, and "@domain", which stands for
 * everybody there. Patterns see the whole address only. What a table says does not matter: that it answers does.
 */
export async function searchRecipient(
  tables: readonly Table[],
  address: Address,
  recipientDelimiter: string,
): Promise<TableAnswer> {
  const bare = withoutExtension(address, recipientDelimiter)
  const keys = [address, ...(bare === null ? [] : [bare])].map(printAddress)
  for (const table of tables) {
    for (const key of table.wholeKeysOnly ? keys.slice(0, 1) : [...keys, `@${address.domain}`]) {
      const answer = await table.find(key)
      if (answer.kind !== 'missing') return answer
    }
  }
  return missing
}
