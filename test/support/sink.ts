// SPDX-License-Identifier: Apache-2.0
/** A next hop that takes mail over SMTP or LMTP and misbehaves as its script says. Knows nothing of the code under test. */
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'

export type SinkStep =
  | 'CONNECT'
  | 'EHLO'
  | 'LHLO'
  | 'HELO'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'END'
  | 'RSET'
  | 'QUIT'
  | 'STARTTLS'
  | 'AUTH'

/** hang: never answer; close: hang up; undefined: behave. */
export type SinkAnswer = string | 'hang' | 'close' | undefined

export interface SinkScript {
  readonly lmtp?: boolean
  /** EHLO keywords. */
  readonly offers?: readonly string[]
  readonly key?: string
  readonly cert?: string
  /** Asked before each answer; at END of LMTP once for each accepted recipient, with its address. */
  readonly answer?: (step: SinkStep, line: string, connection: number) => SinkAnswer | Promise<SinkAnswer>
  /** Asked as message bytes come in: what to do in the middle of a message. */
  readonly midData?: (bytesSoFar: number) => SinkAnswer
}

export interface SinkMessage {
  readonly mail: string
  readonly rcpt: readonly string[]
  /** After removal of the dots that were stuffed. */
  readonly bytes: Buffer
  readonly secure: boolean
}

export interface Sink extends AsyncDisposable {
  readonly port: number
  readonly connections: () => number
  readonly commands: readonly string[]
  readonly messages: readonly SinkMessage[]
  /** Closes all connections that are open now. */
  hangUp(): void
  /** Resolves when every connection is closed and all that came over it is dealt with. Never where one hangs. */
  settled(): Promise<void>
}

const usual = ['PIPELINING', 'SIZE 10485760', '8BITMIME', 'DSN', 'SMTPUTF8', 'ENHANCEDSTATUSCODES']
const good: Readonly<Record<SinkStep, string>> = {
  CONNECT: '220 sink ESMTP',
  EHLO: '',
  LHLO: '',
  HELO: '250 sink',
  MAIL: '250 2.1.0 sender ok',
  RCPT: '250 2.1.5 recipient ok',
  DATA: '354 go ahead',
  END: '250 2.0.0 taken as S1',
  RSET: '250 2.0.0 reset',
  QUIT: '221 2.0.0 bye',
  STARTTLS: '220 2.0.0 go on',
  AUTH: '235 2.7.0 welcome',
}

function unstuff(data: Buffer): Buffer {
  const text = data.toString('latin1')
  return Buffer.from(text.replace(/(^|\r\n)\.\./g, '$1.'), 'latin1')
}

class Conversation {
  #socket: Socket
  #input = ''
  #collecting = false
  #mail = ''
  #rcpt: string[] = []
  #secure = false
  #busy = false
  readonly #number: number
  readonly #script: SinkScript
  readonly #commands: string[]
  readonly #messages: SinkMessage[]

  constructor(socket: Socket, number: number, script: SinkScript, commands: string[], messages: SinkMessage[]) {
    this.#socket = socket
    this.#number = number
    this.#script = script
    this.#commands = commands
    this.#messages = messages
    this.#listen()
    void this.#say('CONNECT', '')
  }

  get isBusy(): boolean {
    return this.#busy
  }

  #listen(): void {
    this.#socket.on('error', () => undefined)
    this.#socket.on('data', (chunk) => {
      this.#input += chunk.toString('latin1')
      void this.#work()
    })
  }

  async #work(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    while (await this.#step());
    this.#busy = false
  }

  async #step(): Promise<boolean> {
    if (this.#collecting) return this.#collect()
    const end = this.#input.indexOf('\r\n')
    if (end < 0) return false
    const line = Buffer.from(this.#input.slice(0, end), 'latin1').toString()
    this.#input = this.#input.slice(end + 2)
    this.#commands.push(line)
    const step = (line.split(' ')[0] ?? '').toUpperCase() as SinkStep
    return this.#command(step, line)
  }

  async #command(step: SinkStep, line: string): Promise<boolean> {
    const said = await this.#say(step, line)
    if (said === null) return false
    const positive = said.startsWith('2') || said.startsWith('3')
    if (step === 'MAIL') this.#begin(positive ? line : '')
    if (step === 'RSET' || step === 'EHLO' || step === 'LHLO' || step === 'HELO') this.#begin('')
    if (step === 'RCPT' && positive) this.#rcpt.push(line)
    if (step === 'DATA' && positive) this.#collecting = true
    if (step === 'STARTTLS' && positive) this.#secureNow()
    if (step === 'QUIT') this.#socket.end()
    return true
  }

  #begin(mail: string): void {
    this.#mail = mail
    this.#rcpt = []
  }

  async #collect(): Promise<boolean> {
    const midway = this.#script.midData?.(this.#input.length)
    if (midway !== undefined) {
      this.#perform(midway)
      return false
    }
    const whole = `\r\n${this.#input}`
    const end = whole.indexOf('\r\n.\r\n')
    if (end < 0) return false
    const data = this.#input.slice(0, end)
    this.#input = this.#input.slice(end + 3)
    this.#collecting = false
    const rcpt = [...this.#rcpt]
    const bytes = unstuff(Buffer.from(data, 'latin1'))
    const taken: string[] = []
    let lost = false
    for (const recipient of this.#script.lmtp ? rcpt : ['']) {
      const said: string | null = lost ? null : await this.#say('END', recipient)
      lost = said === null
      if (said?.startsWith('2')) taken.push(...(this.#script.lmtp ? [recipient] : rcpt))
    }
    if (taken.length > 0) this.#messages.push({ mail: this.#mail, rcpt: taken, bytes, secure: this.#secure })
    if (lost) return false
    this.#begin('')
    return true
  }

  /** Null when the conversation is over, or stuck. */
  async #say(step: SinkStep, line: string): Promise<string | null> {
    const answer = (await this.#script.answer?.(step, line, this.#number)) ?? this.#usual(step)
    return this.#perform(answer)
  }

  #perform(answer: string): string | null {
    if (answer === 'hang') return null
    if (answer === 'close') {
      this.#socket.destroy()
      return null
    }
    this.#socket.write(`${answer}\r\n`)
    return answer
  }

  #usual(step: SinkStep): string {
    if (step === 'RCPT' && this.#mail === '') return '503 5.5.1 no sender'
    if (step === 'DATA' && this.#rcpt.length === 0) return '503 5.5.1 no recipients'
    if (step !== 'EHLO' && step !== 'LHLO') return good[step] ?? '500 5.5.2 what?'
    const offers = [...(this.#script.offers ?? usual)]
    if (this.#script.cert !== undefined && !this.#secure) offers.push('STARTTLS')
    return ['sink', ...offers].map((offer, i) => `250${i === offers.length ? ' ' : '-'}${offer}`).join('\r\n')
  }

  #secureNow(): void {
    this.#socket.removeAllListeners('data')
    const { key, cert } = this.#script
    this.#secure = true
    this.#socket = new TLSSocket(this.#socket, { isServer: true, ...(key && cert ? { key, cert } : {}) })
    this.#input = ''
    this.#listen()
  }
}

/** Listens on a free port of the loopback address. */
export async function aSink(script: SinkScript = {}): Promise<Sink> {
  const commands: string[] = []
  const messages: SinkMessage[] = []
  const sockets = new Set<Socket>()
  const conversations = new Set<Conversation>()
  let connections = 0
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    conversations.add(new Conversation(socket, ++connections, script, commands, messages))
  })
  const settled = async () => {
    while (sockets.size > 0 || [...conversations].some((one) => one.isBusy)) await wait(2)
    conversations.clear()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    commands,
    messages,
    hangUp,
    settled,
    [Symbol.asyncDispose]: async () => {
      hangUp()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
