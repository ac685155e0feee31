// SPDX-License-Identifier: Apache-2.0
/** Clients that send marked messages as fast as they are answered, and remember each answer. */
import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export type Answer = 'taken' | 'refused' | 'lost'

export interface Sent {
  readonly token: string
  readonly to: readonly string[]
  readonly answer: Answer
  readonly reply: string
}

/** Queued for a next hop, delivered in-line to a mailbox, in-line to a next hop, queued for a mailbox, and all at once. */
export const mixes: readonly (readonly string[])[] = [
  ['u@queue.example'],
  ['u@box.example'],
  ['u@direct.example'],
  ['u@later.example'],
  ['u@queue.example', 'u@box.example', 'u@direct.example', 'u@later.example'],
]

/** A message that tells whether it is whole. Every so often a large one. */
export function markedMessage(token: string, n: number): string {
  const size = n % 25 === 24 ? 300_000 : 500 + ((n * 997) % 8_000)
  const line = `${token} ${'x'.repeat(60)}\r\n`
  const body = line.repeat(Math.ceil(size / line.length))
  const sum = createHash('sha256').update(body).digest('hex')
  return `From: <s@sender.example>\r\nSubject: ${token}\r\nX-Sum: ${sum}\r\n\r\n${body}`
}

/** The token of a message that came whole; throws where it is torn. */
export function readMarked(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  const split = text.indexOf('\r\n\r\n')
  const head = text.slice(0, split)
  const token = /^Subject: (\S+)/m.exec(head)?.[1] ?? ''
  const body = text.slice(split + 4)
  const whole = body.endsWith('\r\n') ? body : `${body}\r\n`
  const sum = createHash('sha256').update(whole).digest('hex')
  if (token === '' || !head.includes(`X-Sum: ${sum}`))
    throw new Error(`torn message "${token}" of ${bytes.length} bytes`)
  return token
}

class Client {
  readonly #socket: Socket
  #text = ''
  #closed = false
  #wake: () => void = () => undefined

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
    this.#socket.on('data', (chunk) => {
      this.#text += chunk.toString('latin1')
      this.#wake()
    })
  }

  /** The next reply; null when the connection is over. */
  async reply(): Promise<string | null> {
    for (;;) {
      const found = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(this.#text)
      if (found !== null) {
        this.#text = this.#text.slice(found[0].length)
        return found[0].trim()
      }
      if (this.#closed) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async ask(text: string): Promise<string | null> {
    if (!this.#closed) this.#socket.write(text, 'latin1')
    return this.reply()
  }

  end(): void {
    this.#socket.destroy()
  }
}

/** Sends until stopped or cut off. */
async function client(port: number, name: string, sent: Sent[], stopped: () => boolean): Promise<void> {
  const client = new Client(port)
  const commands = async (to: readonly string[]) => {
    for (const command of ['MAIL FROM:<s@sender.example>', ...to.map((one) => `RCPT TO:<${one}>`), 'DATA']) {
      const said = await client.ask(`${command}\r\n`)
      if (said === null || !/^[23]/.test(said)) return said
    }
    return '354'
  }
  if ((await client.reply()) !== null && (await client.ask('EHLO client.sender.example\r\n')) !== null) {
    for (let n = 0; !stopped(); n++) {
      const token = `${name}-${n}`
      const to = mixes[n % mixes.length] ?? []
      const before = await commands(to)
      if (before === null) break
      // Nothing was offered yet: a refusal of the envelope is the end of that message.
      if (before !== '354') {
        await client.ask('RSET\r\n')
        continue
      }
      const reply = await client.ask(`${markedMessage(token, n)}.\r\n`)
      sent.push({
        token,
        to,
        answer: reply === null ? 'lost' : reply.startsWith('2') ? 'taken' : 'refused',
        reply: reply ?? '',
      })
      if (reply === null) break
    }
  }
  client.end()
}

/** The answers so far are in the list at any time; resolves when every client is done. */
export function startLoad(port: number, name: string, clients: number, stopped: () => boolean) {
  const sent: Sent[] = []
  const done = Promise.all(Array.from({ length: clients }, (_, i) => client(port, `${name}-${i}`, sent, stopped)))
  return { sent, done }
}
