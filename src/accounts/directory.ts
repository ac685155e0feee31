// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../core/address.ts'

/** unknown: the domain is ours and the address is not there. tempfail: cannot be told now. */
export type RecipientStatus = 'exists' | 'unknown' | 'tempfail' | 'not-ours'

/** Which addresses there are and whose they are. */
export interface Directory {
  /** Never throws. */
  recipientStatus(address: Address): Promise<RecipientStatus>
  /** The account that mail for an address goes to; null where there is none. Throws when it cannot be told now. */
  accountFor(address: Address): Promise<string | null>
  /** The accounts that may send as an address; none where nobody owns it. Throws when it cannot be told now. */
  ownersOf(sender: Address): Promise<readonly string[]>
}
