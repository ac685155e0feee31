// SPDX-License-Identifier: Apache-2.0
import type { EpochMs } from '../../src/core/brand.ts'
import type { RuleFacts } from '../../src/rules/facts.ts'

/** For rules, when nobody knows how a message came: its own fields say. */
export function unknownFacts(now: number): RuleFacts {
  return {
    reversePath: null,
    clientIp: '',
    clientName: 'unknown',
    helo: '',
    recipients: [],
    auth: null,
    now: now as EpochMs,
  }
}
