// SPDX-License-Identifier: Apache-2.0
/** Who exists, by the operator's tables: the keys of relay_, virtual_mailbox_ and local_recipient_maps (postconf(5)). */
import { type Address, printAddress, withoutExtension } from '../core/address.ts'
import { missing, type Table, type TableAnswer } from './table.ts'

/**
 * The first answer of the tables for the address, the address without its extension, its name alone where it is local,
 * and "@domain", which stands for everybody there. Patterns see the whole address only. What a table says does not
 * matter: that it answers does.
 */
export async function searchRecipient(
  tables: readonly Table[],
  address: Address,
  recipientDelimiter: string,
  isLocal: boolean,
): Promise<TableAnswer> {
  const bare = withoutExtension(address, recipientDelimiter)
  const addresses = [address, ...(bare === null ? [] : [bare])]
  const names = isLocal ? addresses.map(({ localPart }) => localPart) : []
  const keys = [...addresses.map(printAddress), ...names, `@${address.domain}`]
  for (const table of tables) {
    for (const key of table.wholeKeysOnly ? keys.slice(0, 1) : keys) {
      const answer = await table.find(key)
      if (answer.kind !== 'missing') return answer
    }
  }
  return missing
}
