// SPDX-License-Identifier: Apache-2.0
/** One session: what the commands may see and change. */
import type { SecureContext } from 'node:tls'
import type { Clock, Logger, Meter } from '../core/ports.ts'
import type { Shelf } from '../mailbox/shelf.ts'
import type { Lexer } from './lexer.ts'
import { type Answer, no } from './refusal.ts'
import type { View } from './view.ts'
import type { Wire } from './wire.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
  readonly mechanism: string
  readonly ip: string
}

/** The account to open, or why not: wrong, too many tries, or the directory cannot say now. */
export type AuthOutcome = { readonly account: string } | { readonly refused: 'bad' | 'throttled' | 'tempfail' }
export type Authenticate = (credentials: Credentials) => Promise<AuthOutcome>

export interface ImapLimits {
  /** Sessions at once, in all, of one client address, and of one account. */
  readonly connections: number
  readonly connectionsPerIp: number
  readonly connectionsPerAccount: number
  /** Bytes of one command's lines before and after login. */
  readonly preAuthLineBytes: number
  readonly lineBytes: number
  /** Bytes of one literal that is no message. */
  readonly literalBytes: number
  /** Bytes of a message that a client appends (APPENDLIMIT, RFC 7889). */
  readonly appendBytes: number
  /** From connection to login. */
  readonly preAuthMs: number
  /** Without a command; RFC 3501 §5.4 wants 30 minutes at least. */
  readonly idleMs: number
  /** For a client to take what it asked for. */
  readonly writeMs: number
  /** How often a session in IDLE looks for changes by other programs. */
  readonly rescanMs: number
  readonly failedLogins: number
  readonly badCommands: number
}

export const defaultLimits: ImapLimits = {
  connections: 1000,
  connectionsPerIp: 50,
  connectionsPerAccount: 30,
  preAuthLineBytes: 16 * 1024,
  lineBytes: 64 * 1024,
  literalBytes: 64 * 1024,
  appendBytes: 50 * 1024 * 1024,
  preAuthMs: 60_000,
  idleMs: 30 * 60_000,
  writeMs: 5 * 60_000,
  rescanMs: 10_000,
  failedLogins: 3,
  badCommands: 20,
}

export interface SessionDeps {
  readonly shelf: Shelf
  readonly authenticate: Authenticate
  readonly secureContext: () => SecureContext
  /** STARTTLS can be asked for. */
  readonly offersTls: boolean
  /** Passwords may be sent without TLS. */
  readonly allowPlaintextAuth: boolean
  readonly limits: ImapLimits
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
  /** Counts a session to its account; null when the account has too many. Call the answer at the end. */
  readonly enter: (account: string) => (() => void) | null
}

export type State = 'unauthenticated' | 'authenticated' | 'selected'

export interface Talk {
  readonly wire: Wire
  readonly deps: SessionDeps
  readonly ip: string
  account: string | null
  view: View | null
  /** The tag of the command that runs. */
  tag: string
  /** Arguments are UIDs, not sequence numbers. */
  byUid: boolean
  failedLogins: number
  /** Set by LOGOUT and by too many failures: the session ends after the answer. */
  over: boolean
  leave: (() => void) | null
}

export interface Command {
  readonly name: string
  readonly states: readonly State[]
  /** No EXPUNGE may be said during it (RFC 3501 §7.4.1), because the client counts by sequence numbers. */
  readonly keepsNumbers?: boolean
  run(talk: Talk, args: Lexer): Promise<Answer>
}

export const anyState: readonly State[] = ['unauthenticated', 'authenticated', 'selected']
export const loggedIn: readonly State[] = ['authenticated', 'selected']

export function stateOf(talk: Talk): State {
  if (talk.account === null) return 'unauthenticated'
  return talk.view === null ? 'authenticated' : 'selected'
}

/** The account of a command that runs only when there is one. */
export function accountOf(talk: Talk): string {
  if (talk.account === null) throw no('not logged in')
  return talk.account
}

export function viewOf(talk: Talk): View {
  if (talk.view === null) throw no('no folder is selected')
  return talk.view
}

/** The selected folder, if it may be changed. */
export function writableView(talk: Talk): View {
  const view = viewOf(talk)
  if (view.readOnly) throw no('the folder was opened read-only', 'NOPERM')
  return view
}

export function untagged(talk: Talk, text: string): Promise<void> {
  return talk.wire.write(`* ${text}\r\n`)
}
