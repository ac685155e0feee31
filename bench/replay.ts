// SPDX-License-Identifier: Apache-2.0
/** Sends messages over many connections at once, each command after the reply to the last, and times the replies. */
import { setTimeout as wait } from 'node:timers/promises'
import { SmtpClient } from './smtp-client.ts'

export interface ReplayOptions {
  readonly host: string
  readonly port: number
  /** Connections at once. */
  readonly connections: number
  /** Messages in one connection, which is then closed and opened anew. */
  readonly perConnection: number
  readonly from: string
  readonly to: readonly string[]
  readonly helo: string
  /** Milliseconds without a byte from the server. */
  readonly timeoutMs: number
}

export interface Replay {
  readonly messages: number
  readonly bytes: number
  /** Reply code → messages; "none" where the connection ended without a reply. */
  readonly codes: Readonly<Record<string, number>>
  /** Messages answered 2xx. */
  readonly accepted: number
  /** Connections at once. */
  readonly lanes: number
  /** From the first connect to the last reply. */
  readonly seconds: number
  /** Processor time that the client itself took. */
  readonly clientSeconds: number
  /** Milliseconds from connect to 220, one for each connection. */
  readonly bannerMs: readonly number[]
  /** Milliseconds from the last byte of a message to the reply, one for each message that got one. */
  readonly replyMs: readonly number[]
}

interface Progress {
  readonly messages: readonly Uint8Array[]
  next: number
  /** Connections in a row that brought nothing. */
  fruitless: number
  readonly codes: Record<string, number>
  readonly bannerMs: number[]
  readonly replyMs: number[]
}

/** After so many connections in a row without a single message the server is taken to be away. */
const maxFruitless = 200

/** Rejects when the server cannot be reached or turns every connection away. */
export async function replay(messages: readonly Uint8Array[], options: ReplayOptions): Promise<Replay> {
  const progress: Progress = { messages, next: 0, fruitless: 0, codes: {}, bannerMs: [], replyMs: [] }
  const before = process.cpuUsage()
  const start = performance.now()
  await Promise.all(Array.from({ length: options.connections }, () => lane(progress, options)))
  const used = process.cpuUsage(before)
  const accepted = Object.entries(progress.codes).filter(([code]) => code.startsWith('2'))
  return {
    messages: messages.length,
    bytes: messages.reduce((sum, message) => sum + message.length, 0),
    codes: progress.codes,
    accepted: accepted.reduce((sum, [, count]) => sum + count, 0),
    clientSeconds: (used.user + used.system) / 1e6,
    lanes: options.connections,
    seconds: (performance.now() - start) / 1000,
    bannerMs: progress.bannerMs,
    replyMs: progress.replyMs,
  }
}

async function lane(progress: Progress, options: ReplayOptions): Promise<void> {
  while (progress.next < progress.messages.length) {
    const before = progress.next
    const why = await connection(progress, options)
    if (progress.next > before) {
      progress.fruitless = 0
      continue
    }
    progress.fruitless++
    if (progress.fruitless > maxFruitless) throw new Error(`${options.host}:${options.port} takes no mail: ${why}`)
    await wait(50)
  }
}

/** One connection from connect to QUIT; returns why it ended. */
async function connection(progress: Progress, options: ReplayOptions): Promise<string> {
  const start = performance.now()
  const client = new SmtpClient(options.host, options.port, options.timeoutMs)
  try {
    const banner = await client.reply()
    if (banner.code !== 220) return `${banner.code} instead of a greeting`
    progress.bannerMs.push(banner.at - start)
    const greeted = await client.ask(`EHLO ${options.helo}\r\n`)
    if (greeted.code !== 250) return `${greeted.code} to EHLO`
    for (let sent = 0; sent < options.perConnection; sent++) {
      const message = progress.messages[progress.next]
      if (message === undefined) break
      progress.next++
      const code = await transaction(client, message, progress, options).catch((error: unknown) => {
        count(progress, 'none')
        throw error
      })
      count(progress, String(code))
      // RFC 5321 §3.8: the server closes after 421.
      if (code === 421) return 'the server hung up with 421'
    }
    await client.ask('QUIT\r\n')
    return 'done'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    client.close()
  }
}

/** MAIL, RCPT, DATA, the message: the first refusal is the message's answer. */
async function transaction(
  client: SmtpClient,
  message: Uint8Array,
  progress: Progress,
  options: ReplayOptions,
): Promise<number> {
  const before = [`MAIL FROM:<${options.from}>\r\n`, ...options.to.map((to) => `RCPT TO:<${to}>\r\n`), 'DATA\r\n']
  for (const command of before) {
    const { code } = await client.ask(command)
    if (code < 400) continue
    if (code !== 421) await client.ask('RSET\r\n')
    return code
  }
  const { code, ms } = await client.askTimed(message)
  progress.replyMs.push(ms)
  return code
}

function count(progress: Progress, code: string): void {
  progress.codes[code] = (progress.codes[code] ?? 0) + 1
}
