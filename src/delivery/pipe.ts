// SPDX-License-Identifier: Apache-2.0
/**
 * Gives the message to a program on its standard input. No shell is asked: the command line is split into words here.
 * The exit status (sysexits.h) is the answer, and what the program printed the words of it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { printAddress, withoutExtension } from '../core/address.ts'
import type { Courier, DeliveryJob, DeliveryOutcome, Route } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Logger } from '../core/ports.ts'
import { verdictOf } from './answers.ts'

export interface PipeOptions {
  /** Who the program runs as; null: as we do. */
  readonly user: { readonly uid: number; readonly gid: number } | null
  /** False: every program is refused for now. */
  readonly enabled: boolean
  readonly recipientDelimiter: string
  /** Milliseconds after which the program and its children are killed. */
  readonly timeoutMs: number
  readonly log: Logger
}

/** Bytes of its output that become part of the reply. */
const maxOutput = 1000

/** sysexits.h: what may go better another time. All else is a refusal. */
const temporary = new Set([71, 74, 75])
const refusals: Readonly<Record<number, `5.${number}.${number}`>> = {
  65: '5.6.0',
  67: '5.1.1',
  68: '5.1.2',
  73: '5.2.0',
  76: '5.5.0',
  77: '5.7.0',
  78: '5.3.5',
}

/** Words of a command line: quotes group, a backslash takes the next character as it is. null: a quote is left open. */
export function splitCommand(text: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (c === '\\' && quote !== "'" && i + 1 < text.length) word = (word ?? '') + text[++i]
    else if (quote !== '') {
      if (c === quote) quote = ''
      else word += c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (/\s/.test(c)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + c
  }
  if (word !== null) words.push(word)
  return quote === '' ? words : null
}

function factsOf(job: DeliveryJob, recipient: Recipient, delimiter: string): Record<string, string> {
  const { address } = recipient
  const plain = withoutExtension(address, delimiter)
  return {
    sender: printAddress(recipient.reversePath ?? job.envelope.reversePath),
    recipient: printAddress(address),
    original_recipient: recipient.original,
    user: plain?.localPart ?? address.localPart,
    extension: plain === null ? '' : address.localPart.slice(plain.localPart.length + 1),
    domain: address.domain,
    queue_id: job.queueId,
  }
}

/** A word of the command with its macros replaced; null where a stranger's text would then look like an option. */
function expand(word: string, facts: Readonly<Record<string, string>>): string | null {
  const text = word.replace(/\$\{([a-z_]{1,20})\}/g, (whole, name: string) => facts[name] ?? whole)
  return text.startsWith('-') && !word.startsWith('-') ? null : text
}

/** Programs of Unix expect their own line ends. */
function unixLines(): Transform {
  let held = false
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const text = (held ? '\r' : '') + chunk.toString('latin1')
      held = text.endsWith('\r')
      done(null, Buffer.from((held ? text.slice(0, -1) : text).replaceAll('\r\n', '\n'), 'latin1'))
    },
    flush(done) {
      done(null, held ? Buffer.from('\r') : null)
    },
  })
}

function outcomeOf(status: number | null, signal: string | null, output: string, to: string): DeliveryOutcome {
  const said = output.replace(/[\x00-\x1f\x7f]+/g, ' ').trim()
  const text = said === '' ? '' : `: ${said}`
  if (status === 0) {
    return {
      kind: 'delivered',
      reply: { code: 250, enhanced: '2.0.0', text: `Given to ${to}` },
      to,
      dsnPassedOn: false,
    }
  }
  if (status === null) return verdictOf(451, '4.3.0', `The program was ended by ${signal}${text}`, to)
  if (temporary.has(status)) return verdictOf(451, '4.3.0', `The program cannot take it now (${status})${text}`, to)
  return verdictOf(550, refusals[status] ?? '5.3.0', `The program refuses it (${status})${text}`, to)
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

async function outputOf(streams: readonly Readable[]): Promise<string> {
  let output = ''
  const read = async (stream: Readable) => {
    for await (const chunk of stream) if (output.length < maxOutput) output += String(chunk)
  }
  await Promise.all(streams.map(read))
  return output.slice(0, maxOutput)
}

export class PipeCourier implements Courier {
  readonly #options: PipeOptions

  constructor(options: PipeOptions) {
    this.#options = options
  }

  async deliver(job: DeliveryJob, route: Route, signal: AbortSignal): Promise<ReadonlyMap<Recipient, DeliveryOutcome>> {
    if (route.kind !== 'pipe') throw new Error('not a route to a program')
    const outcomes = new Map<Recipient, DeliveryOutcome>()
    for (const recipient of job.envelope.recipients) {
      outcomes.set(recipient, await this.#one(job, recipient, route.command, signal))
    }
    return outcomes
  }

  async #one(job: DeliveryJob, recipient: Recipient, command: string, signal: AbortSignal): Promise<DeliveryOutcome> {
    const facts = factsOf(job, recipient, this.#options.recipientDelimiter)
    const words = splitCommand(command)?.map((word) => expand(word, facts)) ?? []
    const [program] = words
    const to = `pipe:${program ?? command}`
    if (!this.#options.enabled) return verdictOf(451, '4.3.5', 'Programs are not allowed here', to)
    if (program === undefined || program === null) return verdictOf(451, '4.3.5', 'The program cannot be told', to)
    if (words.includes(null)) return verdictOf(550, '5.1.3', 'The address looks like an option of the program', to)
    try {
      return await this.#run([program, ...words.slice(1)] as [string, ...string[]], facts, job, signal)
    } catch (error) {
      this.#options.log.error('delivery.program_failed', error, { queueId: job.queueId, program })
      return verdictOf(451, '4.3.5', 'The program cannot be run', to)
    }
  }

  async #run(
    [program, ...words]: readonly [string, ...string[]],
    facts: Readonly<Record<string, string>>,
    job: DeliveryJob,
    signal: AbortSignal,
  ): Promise<DeliveryOutcome> {
    const { user, timeoutMs } = this.#options
    const named = Object.entries(facts).map(([name, value]) => [name.toUpperCase(), value])
    const child = spawn(program, words, {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', ...Object.fromEntries(named) },
      cwd: '/',
      // A group of its own, so that its children can be killed with it.
      detached: true,
      ...(user ?? {}),
    })
    const kill = () => killGroup(child.pid)
    const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    within.addEventListener('abort', kill, { once: true })
    try {
      const head = `Return-Path: <${facts['sender']}>\nDelivered-To: ${facts['recipient']}\n`
      child.stdin.write(head)
      // A program need not read all it is given: its exit status alone counts.
      const fed = pipeline(job.blob.open(), unixLines(), child.stdin).catch(() => undefined)
      const [[status, ended], output] = await Promise.all([
        once(child, 'close'),
        outputOf([child.stdout, child.stderr]),
        fed,
      ])
      return outcomeOf(status as number | null, ended as string | null, output, `pipe:${program}`)
    } finally {
      within.removeEventListener('abort', kill)
    }
  }
}
