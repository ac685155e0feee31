// SPDX-License-Identifier: Apache-2.0
/** Sessions, recipients and transactions for tests: only what a test is about is written in it. */
import { type Address, parseAddress } from '../../src/core/address.ts'
import type { Domain, EpochMs, QueueId, SessionId } from '../../src/core/brand.ts'
import type { Recipient } from '../../src/core/envelope.ts'
import type { Session } from '../../src/core/session.ts'
import { openTransaction, type Sender, type Transaction } from '../../src/pipeline/way.ts'

export function anAddress(text: string): Address {
  const address = parseAddress(text)
  if (address === null) throw new Error(`not an address: ${text}`)
  return address
}

export function aSession(facts: Partial<Session> = {}): Session {
  return {
    id: 'test-session' as SessionId,
    role: 'mx',
    client: { ip: '192.0.2.7', port: 40000, ptr: { kind: 'confirmed', name: 'mail.sender.example' as Domain } },
    local: { ip: '192.0.2.25', port: 25 },
    tls: null,
    helo: { verb: 'EHLO', name: 'mail.sender.example' },
    identity: null,
    trust: 'stranger',
    openedAt: 0 as EpochMs,
    ...facts,
  }
}

export function aRecipient(text: string, facts: Partial<Recipient> = {}): Recipient {
  return { address: anAddress(text), original: text, addressClass: 'local', notify: [], ...facts }
}

export function aSender(reversePath: string): Sender {
  return {
    reversePath: reversePath === '' ? null : anAddress(reversePath),
    body: '8bitmime',
    smtpUtf8: false,
    requireTls: false,
    declaredSize: null,
    envid: null,
    dsnReturns: null,
  }
}

export interface TransactionFacts {
  readonly session?: Session
  readonly from?: string
  readonly to?: readonly string[]
}

export function aTransaction(facts: TransactionFacts = {}): Transaction {
  const id = '0000000000TEST1' as QueueId
  const session = facts.session ?? aSession()
  const transaction = openTransaction(id, session, aSender(facts.from ?? 'a@sender.example'), 0 as EpochMs)
  transaction.recipients.push(...(facts.to ?? ['user@example.org']).map((to) => aRecipient(to)))
  return transaction
}
