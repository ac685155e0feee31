// SPDX-License-Identifier: Apache-2.0
/** What the door knows about one connection, and what every handler of it may use. */
import type { Authenticate } from '../accounts/sasl.ts'
import type { SessionId } from '../core/brand.ts'
import type { Clock, Ids, Logger, Meter } from '../core/ports.ts'
import type { ListenerRole, Ptr, Session } from '../core/session.ts'
import { within } from '../kit/within.ts'
import type { Transaction, Way } from '../pipeline/way.ts'
import type { ByteBudget } from './byte-budget.ts'
import type { Patience } from './patience.ts'
import type { Receipt } from './receipt.ts'

export interface DoorLimits {
  /** Bytes of one message. */
  readonly messageSize: number
  readonly recipients: number
  readonly connections: number
  readonly clientConnections: number
  /** Refused commands before 421. */
  readonly errors: number
  readonly transactions: number
  /** Milliseconds without a byte from the client. */
  readonly timeoutMs: number
  /** Milliseconds that the chains may take for one command. */
  readonly commandMs: number
}

export interface Door {
  readonly role: ListenerRole
  /** AUTH is offered, once there is TLS. */
  readonly auth: boolean
  readonly hostname: string
  readonly limits: DoorLimits
  readonly bareNewlines: 'normalize' | 'reject'
  readonly way: Way
  readonly authenticate: Authenticate
  /** The client's reverse name, confirmed or not; answers within its own deadline. */
  readonly reverse: (ip: string, signal: AbortSignal) => Promise<Ptr>
  readonly isMyNetwork: (ip: string) => boolean
  readonly patience: Patience
  readonly budget: ByteBudget
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Logger
  readonly meter: Meter
}

export interface Conversation {
  readonly door: Door
  readonly log: Logger
  readonly closed: AbortController
  session: Session
  transaction: Transaction | null
  /** A message that is still coming in. */
  receiving: Receipt | null
  transactions: number
  errors: number
}

export function openConversation(
  door: Door,
  id: SessionId,
  client: { ip: string; port: number },
  local: { ip: string; port: number },
): Conversation {
  return {
    door,
    log: door.log.child({ session: id, client: client.ip }),
    closed: new AbortController(),
    session: {
      id,
      role: door.role,
      client: { ...client, ptr: { kind: 'absent' } },
      local,
      tls: null,
      helo: null,
      identity: null,
      trust: door.isMyNetwork(client.ip) ? 'network' : 'stranger',
      openedAt: door.clock.now(),
    },
    transaction: null,
    receiving: null,
    transactions: 0,
    errors: 0,
  }
}

/** One command's work: it is given up when its time is over, or when the client has gone. */
export function underDeadline<T>(
  { closed, door }: Conversation,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return within(door.limits.commandMs, closed.signal, work)
}

/** One for all: it is no fault, and where it was made says nothing. */
const gone = new Error('connection closed')

/** The client has gone: nobody waits for an answer any more. */
export function closeConversation(conversation: Conversation): void {
  conversation.closed.abort(gone)
  conversation.receiving?.giveBack()
}
