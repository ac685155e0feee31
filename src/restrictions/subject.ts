// SPDX-License-Identifier: Apache-2.0
/** What the chains are told, and what a restriction looks at. */
import { type Address, printAddress, type ReversePath } from '../core/address.ts'
import type { Resolver } from '../core/ports.ts'
import { clientName, type Session } from '../core/session.ts'
import { type Ip, parseIp } from '../kit/cidr.ts'
import type { Refusal } from './refusal.ts'

/** What is known when a command is judged. */
export interface ChainFacts {
  readonly session: Session
  /** Absent before MAIL. */
  readonly reversePath?: ReversePath | undefined
  /** The recipient at hand; at DATA and later only where it is the only one. */
  readonly recipient?: Address | undefined
  /** Recipients of the transaction, the one at hand included. */
  readonly recipientCount?: number | undefined
  /** Bytes: declared at MAIL, counted at the end of data. */
  readonly sizeBytes?: number | undefined
  readonly etrnDomain?: string | undefined
  /** One name for all commands of a transaction (the policy protocol's "instance"). */
  readonly instance?: string | undefined
  /** The resolver of this transaction, with its budget; the chains' own when absent. */
  readonly dns?: Resolver | undefined
  /** What one command leaves for the next; one for each connection. */
  readonly memory?: ChainMemory | undefined
}

/** Doubts of earlier commands and a promise to discard: they count until RCPT, or the end of the transaction. */
export interface ChainMemory {
  client: Refusal | null
  helo: Refusal | null
  sender: Refusal | null
  discarding: boolean
}

/** A fresh memory, for a new connection. */
export function newChainMemory(): ChainMemory {
  return { client: null, helo: null, sender: null, discarding: false }
}

/** The command that is judged, as the policy protocol names it. */
export type Command = 'CONNECT' | 'HELO' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'END-OF-MESSAGE' | 'ETRN'

/** Facts in the form in which restrictions ask for them, made once for a command. */
export interface Subject {
  readonly facts: ChainFacts
  readonly command: Command
  readonly ip: string
  /** null for what is no address: a Unix socket. */
  readonly ipWords: Ip | null
  /** Confirmed name, or "unknown". */
  readonly clientName: string
  /** Name that the client's reverse zone claims, or "unknown". */
  readonly reverseName: string
  /** null before HELO. */
  readonly helo: string | null
  /** undefined before MAIL. */
  readonly sender: ReversePath | undefined
  /** As replies show it; empty for the null reverse-path. */
  readonly senderText: string
  readonly recipient: Address | null
  readonly recipientText: string
  readonly dns: Resolver
  readonly signal: AbortSignal
  /** Addresses found to exist: they need not be looked for again at the end of the lists. */
  readonly listed: { sender: boolean; recipient: boolean }
}

export function subjectOf(command: Command, facts: ChainFacts, dns: Resolver, signal: AbortSignal): Subject {
  const { session } = facts
  const { ptr, ip } = session.client
  const reverse = ptr.kind === 'confirmed' ? ptr.name : ptr.kind === 'unconfirmed' ? ptr.claimed : 'unknown'
  return {
    facts,
    command,
    ip,
    ipWords: parseIp(ip),
    clientName: clientName(session),
    reverseName: reverse,
    helo: session.helo?.name ?? null,
    sender: facts.reversePath,
    senderText: printAddress(facts.reversePath ?? null),
    recipient: facts.recipient ?? null,
    recipientText: printAddress(facts.recipient ?? null),
    dns: facts.dns ?? dns,
    signal,
    listed: { sender: false, recipient: false },
  }
}
