// SPDX-License-Identifier: Apache-2.0
/** What a client would be told: one envelope (and message) through the lists, with nothing sent. */
import { isIP } from 'node:net'
import type { Directory } from '../accounts/directory.ts'
import type { LoadedConfig } from '../config/load.ts'
import { type Address, parseAddress, parseDomain, type ReversePath } from '../core/address.ts'
import { UserError } from '../core/failure.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { ChainOutcome, TraceLine } from '../core/ruling.ts'
import type { Identity, Session } from '../core/session.ts'
import type { Stores } from '../core/stores.ts'
import { lookUpPtr } from '../dns/reverse.ts'
import { containedInAny, parseIp } from '../kit/cidr.ts'
import { recipientReplies } from '../pipeline/submission.ts'
import { type ChainFacts, newChainMemory } from '../restrictions/subject.ts'
import { realClock } from '../service/real-world.ts'
import { explainVerdict, type ScanLine, scanLine } from '../verdict/explain.ts'
import { openChains } from './chains.ts'
import { readNetworks } from './listeners.ts'
import type { openNetwork } from './network.ts'
import { openRecipientTables } from './recipient-tables.ts'
import { openRehearsal } from './rehearsal.ts'
import { statusWithRewriting } from './rewriting.ts'
import { recipientStatusOf, verifyOf } from './routes.ts'
import { openScanner } from './scanner.ts'

export interface EnvelopeQuestion {
  readonly client: string
  readonly helo: string
  readonly sender: string
  readonly recipient: string
  readonly sasl?: string
  /** Whose lists are asked. Default: submission where the client has logged in, else mx. */
  readonly listener?: 'mx' | 'submission'
  readonly message?: string
}

export interface Explanation {
  readonly reply: Reply
  readonly trace: readonly TraceLine[]
  readonly scan: (ScanLine & { readonly lines: readonly string[] }) | null
}

/** The moments of a conversation, in order; the first refusal ends it. */
const moments = ['atConnect', 'atHelo', 'atMail', 'atRcpt', 'atData', 'atEndOfData'] as const

export async function explainEnvelope(loaded: LoadedConfig, question: EnvelopeQuestion): Promise<Explanation> {
  const sender = question.sender === '' || question.sender === '<>' ? null : addressOf(question.sender, '--sender')
  const recipient = addressOf(question.recipient, '--recipient')
  await using rehearsal = await openRehearsal(loaded)
  const { ports, stores, routes, dns, directory, custody } = rehearsal
  const recipientTables = await openRecipientTables(loaded, ports)
  const mailboxStatus = recipientStatusOf(routes, directory, custody.couriers, recipientTables)
  const recipientStatus = statusWithRewriting(custody.rewriter, routes, mailboxStatus)
  const verify = verifyOf(routes, custody.couriers)
  const role = question.listener ?? (question.sasl === undefined ? 'mx' : 'submission')
  const chainPorts = { ...ports, dns, directory, routes, recipientStatus, verify, trace: true }
  const chains = await openChains(loaded, { ...chainPorts, stores: lookingOnly(stores) }, role)
  const session = await sessionOf(loaded, question, role, dns, ports.ids.sessionId())
  if (role === 'submission') {
    const reply = await loginReply(session, sender, directory)
    if (reply !== null) return { reply, trace: [], scan: null }
  }
  const facts: ChainFacts = { session, reversePath: sender, recipient, recipientCount: 1, memory: newChainMemory() }
  const trace: TraceLine[] = []
  for (const moment of moments) {
    const outcome: ChainOutcome = await chains[moment](facts, AbortSignal.timeout(loaded.config.smtp.command_timeout))
    trace.push(...outcome.trace)
    if (outcome.reply !== null) return { reply: outcome.reply, trace, scan: null }
  }
  if (role === 'submission') {
    const status = await recipientStatus(recipient, AbortSignal.timeout(loaded.config.smtp.command_timeout))
    if (status === 'unknown' || status === 'tempfail') return { reply: recipientReplies[status], trace, scan: null }
  }
  // Mail of our own users is not judged.
  if (question.message === undefined || role === 'submission') return { reply: replies.recipientOk, trace, scan: null }
  return { trace, ...(await judgeMessage(loaded, question, question.message)) }
}

/** What a submission listener says before any list: a login, and an address of the user. */
async function loginReply(
  { identity }: Session,
  sender: ReversePath,
  directory: Pick<Directory, 'ownersOf'>,
): Promise<Reply | null> {
  if (identity === null) return replies.authRequired
  if (sender === null) return null
  const owners = await directory.ownersOf(sender)
  return owners.includes(identity.account) ? null : replies.notYours
}

/** The answers that a client would get now, without being remembered for having asked. */
function lookingOnly({ greylist, counters }: Stores): Pick<Stores, 'greylist' | 'counters'> {
  return {
    greylist: {
      peek: (key, now) => greylist.peek(key, now),
      async touch(key, now) {
        const known = await greylist.peek(key, now)
        return known === null ? { firstSeen: now, passes: 0 } : { ...known, passes: known.passes + 1 }
      },
    },
    counters: { add: async (key, by, windowMs, now) => (await counters.add(key, 0, windowMs, now)) + by },
  }
}

async function judgeMessage(
  loaded: LoadedConfig,
  question: EnvelopeQuestion,
  file: string,
): Promise<Pick<Explanation, 'reply' | 'scan'>> {
  await using scanner = await openScanner(loaded)
  const { verdict } = await scanner.scan(file, question)
  const reply = 'reply' in verdict.action ? verdict.action.reply : replies.ok
  return { reply, scan: { ...scanLine(file, verdict), lines: explainVerdict(verdict, scanner.book) } }
}

async function sessionOf(
  loaded: LoadedConfig,
  question: EnvelopeQuestion,
  role: Session['role'],
  dns: ReturnType<typeof openNetwork>,
  id: Session['id'],
): Promise<Session> {
  const [ip = '', name] = question.client.split('/')
  const parsed = parseIp(ip)
  if (isIP(ip) === 0 || parsed === null) throw wrong(`--client ${question.client} is not an address`)
  const confirmed = name === undefined ? null : parseDomain(name)
  if (name !== undefined && confirmed === null) throw wrong(`--client: "${name}" is not a host name`)
  const identity: Identity | null =
    question.sasl === undefined ? null : { account: question.sasl, mechanism: 'PLAIN', maySendAs: [] }
  const isOurs = containedInAny(readNetworks(loaded).networks, parsed)
  return {
    id,
    role,
    client: {
      ip,
      port: 0,
      ptr:
        confirmed === null
          ? await lookUpPtr(ip, { dns, clock: realClock, deadlineMs: loaded.config.dns.timeout })
          : { kind: 'confirmed', name: confirmed },
    },
    local: { ip: '127.0.0.1', port: 25 },
    tls: null,
    helo: { verb: 'EHLO', name: question.helo },
    identity,
    trust: identity !== null ? 'user' : isOurs ? 'network' : 'stranger',
    openedAt: realClock.now(),
  }
}

function addressOf(text: string, option: string): Address {
  const address = parseAddress(text.replace(/^<(.*)>$/, '$1'))
  if (address === null) throw wrong(`${option} ${text} is not an address`)
  return address
}

function wrong(text: string): UserError {
  return new UserError(64, [{ file: 'postern explain', line: 0, text, hint: null }])
}
