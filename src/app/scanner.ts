// SPDX-License-Identifier: Apache-2.0
/** Judges message files as the gateway would, without a connection. */
import { open } from 'node:fs/promises'
import type { LoadedConfig } from '../config/load.ts'
import { type Address, parseAddress, type ReversePath } from '../core/address.ts'
import type { EpochMs, QueueId, SessionId } from '../core/brand.ts'
import type { Envelope } from '../core/envelope.ts'
import { UserError } from '../core/failure.ts'
import type { Session } from '../core/session.ts'
import type { Verdict } from '../core/verdict.ts'
import type { GatewayResolver } from '../dns/resolver.ts'
import { lookUpPtr } from '../dns/reverse.ts'
import { parseIp } from '../kit/cidr.ts'
import { silentLogger } from '../log/logger.ts'
import type { Message } from '../message/open.ts'
import { openMessage } from '../message/open.ts'
import { silentMeter } from '../metrics/registry.ts'
import { realClock, realIds } from '../service/real-world.ts'
import { normalizeLineEnds } from '../smtp/line-endings.ts'
import type { PriceBook } from '../verdict/scorebook.ts'
import { openJudge, prepareBench } from './judge.ts'
import { openNetwork } from './network.ts'

/** What the command line says about the envelope; the rest is read from the message. */
export interface EnvelopeGuess {
  readonly client?: string
  readonly helo?: string
  readonly sender?: string
  readonly recipient?: string
}

export interface ScanResult {
  readonly file: string
  readonly verdict: Verdict
  readonly incomplete: readonly string[]
}

export interface Scanner extends AsyncDisposable {
  readonly book: PriceBook
  /** Throws UserError where the file cannot be read. */
  scan(file: string, guess: EnvelopeGuess): Promise<ScanResult>
}

/** No restriction list is asked. */
const noPrices: ReadonlyMap<string, number> = new Map()

export async function openScanner(
  loaded: LoadedConfig,
  dns: GatewayResolver = openNetwork(loaded, realClock, silentMeter),
): Promise<Scanner> {
  const bench = prepareBench(loaded)
  if (bench.complaints.length > 0) throw new UserError(78, bench.complaints)
  const judge = openJudge(
    loaded,
    { ...bench, setup: { ...bench.setup, explain: true } },
    { dns, clock: realClock, log: silentLogger, meter: silentMeter },
  )
  const ids = realIds(realClock)
  return {
    book: bench.book,
    async scan(file, guess) {
      const written = await readMessageFile(file, loaded.config.smtp.message_size_limit)
      const raw = normalizeLineEnds(withoutMboxLine(written)).bytes
      const message = openMessage(raw)
      const ip = clientOf(message, guess)
      const ptr =
        ip === unknownClient
          ? ({ kind: 'absent' } as const)
          : await lookUpPtr(ip, { dns, clock: realClock, deadlineMs: loaded.config.dns.timeout })
      const session = sessionFrom(message, ip, ptr, guess, ids.sessionId())
      const envelope = envelopeFrom(message, guess)
      const examination = await judge.crew.examine({ session, envelope, raw })
      const id = ids.queueId() as QueueId
      const verdict = judge.decide(
        { id, orders: [], evidence: [], sender: envelope, session, recipients: envelope.recipients },
        examination,
        noPrices,
      )
      return { file, verdict, incomplete: examination.incomplete }
    },
    [Symbol.asyncDispose]: () => judge[Symbol.asyncDispose](),
  }
}

/** A client that nobody named: it has no reverse name, and no SPF record permits it. */
const unknownClient = '0.0.0.0'

async function readMessageFile(file: string, limit: number): Promise<Uint8Array> {
  const fail = (exitCode: number, text: string) => new UserError(exitCode, [{ file, line: 0, text, hint: null }])
  try {
    await using handle = await open(file, 'r')
    const { size } = await handle.stat()
    if (size > limit) throw fail(65, `is ${size} bytes, more than smtp.message_size_limit (${limit})`)
    return await handle.readFile()
  } catch (error) {
    if (error instanceof UserError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw fail(66, code === 'EISDIR' ? 'is a folder; name its files' : `cannot be read: ${code}`)
  }
}

/** Files cut from an mbox begin with a line that is not part of the message. */
function withoutMboxLine(raw: Uint8Array): Uint8Array {
  const isMbox = Buffer.from(raw.buffer, raw.byteOffset, Math.min(5, raw.byteLength)).toString('latin1') === 'From '
  return isMbox ? raw.subarray(raw.indexOf(0x0a) + 1) : raw
}

function clientOf(message: Message, guess: EnvelopeGuess): string {
  if (guess.client === undefined) return message.received.find((hop) => parseIp(hop.ip) !== null)?.ip ?? unknownClient
  const [ip = ''] = guess.client.split('/')
  if (parseIp(ip) === null) throw new UserError(64, `--client ${guess.client} is not an address`)
  return ip
}

function sessionFrom(
  message: Message,
  ip: string,
  ptr: Session['client']['ptr'],
  guess: EnvelopeGuess,
  id: SessionId,
): Session {
  const hop = message.received.find((h) => h.ip === ip)
  return {
    id,
    role: 'mx',
    client: { ip, port: 0, ptr },
    local: { ip: '127.0.0.1', port: 25 },
    tls: null,
    helo: { verb: 'EHLO', name: guess.helo ?? hop?.helo ?? 'unknown' },
    identity: null,
    trust: 'stranger',
    openedAt: realClock.now() as EpochMs,
  }
}

function envelopeFrom(message: Message, guess: EnvelopeGuess): Envelope {
  const returnPath = message.headers.first('return-path')?.value.replace(/[<>\s]/g, '')
  const recipient = addressOf(guess.recipient)
  return {
    reversePath: reversePathOf(guess.sender ?? returnPath ?? ''),
    recipients:
      recipient === null
        ? []
        : [{ address: recipient, original: guess.recipient ?? '', addressClass: 'local', notify: [] }],
    body: '8bitmime',
    smtpUtf8: false,
    requireTls: false,
    declaredSize: null,
    envid: null,
    dsnReturns: null,
  }
}

function reversePathOf(text: string): ReversePath {
  return text === '' || text === '<>' ? null : parseAddress(text)
}

function addressOf(text: string | undefined): Address | null {
  return text === undefined ? null : parseAddress(text)
}
