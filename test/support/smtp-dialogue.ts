// SPDX-License-Identifier: Apache-2.0
/**
 * Runs test/dialogues/*.smtp against a gateway of its own. A dialogue reads like the wire:
 *
 *   # a comment; the first one is the title
 *   config                     TOML that is added to the harness's config, indented
 *   dns                        zone lines, indented
 *   account ADDRESS PASSWORD   an account to be there
 *   listener ROLE              mx (default) or submission, or submissions (implicit TLS)
 *   client 127.0.0.9           the loopback address to come from
 *   C TEXT                     the client says TEXT and CRLF; {base64:a\0b} is encoded; {repeat:x:9} says x nine times;
 *                              {raw:a\n} is sent as it is
 *   S PREFIX                   the last line of the next reply begins with PREFIX
 *   S ~TEXT                    the next reply holds TEXT
 *   T                          the client starts TLS
 *   A ADDRESS                  the account that M and N look at; the first one if never said
 *   M FOLDER ~TEXT             a message with TEXT is in FOLDER of the account; !TEXT: none there has it
 *   N FOLDER                   the folder is empty
 *   L TEXT                     a line of the log holds TEXT
 *   X                          the server closes the connection
 */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TestGateway } from './gateway.ts'

export interface Dialogue {
  readonly title: string
  readonly config: string
  readonly zone: string
  readonly accounts: readonly (readonly [string, string])[]
  readonly listener: 'mx' | 'submission' | 'submissions'
  readonly client: string
  readonly steps: readonly Step[]
}

const verbs = ['C', 'S', 'T', 'A', 'M', 'N', 'L', 'X'] as const
type Verb = (typeof verbs)[number]
const isVerb = (word: string): word is Verb => verbs.some((verb) => verb === word)

interface Step {
  readonly line: number
  readonly kind: Verb
  readonly text: string
}

export function readDialogue(file: string): Dialogue {
  const dialogue = {
    title: file,
    config: '',
    zone: '',
    accounts: [] as [string, string][],
    listener: 'mx' as Dialogue['listener'],
    client: '127.0.0.9',
  }
  const steps: Step[] = []
  let block: 'config' | 'zone' | null = null
  let titled = false
  readFileSync(file, 'utf8')
    .split('\n')
    .forEach((text, i) => {
      const [word = '', ...rest] = text.trim().split(' ')
      const argument = rest.join(' ')
      if (/^\s+\S/.test(text) && block !== null) dialogue[block] += `${text.trim()}\n`
      else if (word === '#') {
        if (!titled) dialogue.title = argument
        titled = true
      } else if (word === 'config') block = 'config'
      else if (word === 'dns') block = 'zone'
      else if (word === 'account') dialogue.accounts.push([rest[0] ?? '', rest[1] ?? ''])
      else if (word === 'listener') dialogue.listener = argument as Dialogue['listener']
      else if (word === 'client') dialogue.client = argument
      else if (isVerb(word)) steps.push({ line: i + 1, kind: word, text: text.trim().slice(2) })
      else if (word !== '') throw new Error(`${file}:${i + 1}: what is "${word}"?`)
    })
  return { ...dialogue, steps }
}

/** Rejects with file:line, what was expected and what came. */
export async function playDialogue(file: string, dialogue: Dialogue, gateway: TestGateway): Promise<void> {
  const port = gateway.ports[dialogue.listener]
  const wire = new Wire(connect({ host: '127.0.0.1', port, localAddress: dialogue.client }))
  let account = dialogue.accounts[0]?.[0] ?? ''
  if (dialogue.listener === 'submissions') await wire.startTls()
  try {
    for (const step of dialogue.steps) {
      if (step.kind === 'A') account = step.text
      const wrong = await play(step, wire, gateway, account)
      if (wrong !== null) throw new Error(`${file}:${step.line}: ${wrong}`)
    }
  } finally {
    wire.close()
  }
}

/** What is not as expected; null when all is well. */
async function play({ kind, text }: Step, wire: Wire, gateway: TestGateway, account: string): Promise<string | null> {
  switch (kind) {
    case 'A':
      return null
    case 'C':
      wire.say(text)
      return null
    case 'T':
      await wire.startTls()
      return null
    case 'S':
      return unlike(text, await wire.reply())
    case 'X':
      return (await wire.ended()) ? null : 'expected the end of the connection'
    case 'L':
      return gateway.log.some((line) => line.includes(text)) ? null : `no line of the log holds "${text}"`
    case 'M':
      return misfiled(text, (folder) => gateway.messagesIn(account, folder))
    case 'N': {
      const found = await gateway.messagesIn(account, text)
      return found.length === 0 ? null : `expected nothing in ${text}, there: ${found.length}\n${found[0] ?? ''}`
    }
  }
}

function unlike(expected: string, reply: readonly string[]): string | null {
  const met = expected.startsWith('~')
    ? reply.some((line) => line.includes(expected.slice(1)))
    : (reply.at(-1) ?? '').startsWith(expected)
  return met ? null : `expected "${expected}", got\n${reply.join('\n') || 'nothing'}`
}

async function misfiled(
  text: string,
  messagesIn: (folder: string) => Promise<readonly string[]>,
): Promise<string | null> {
  const [, folder = '', sign = '', part = ''] = /^(\S+) ([~!])(.*)$/.exec(text) ?? []
  const found = await messagesIn(folder)
  const has = found.some((message) => message.includes(part))
  if (has === (sign === '~') && found.length > 0) return null
  return `expected ${text}; there: ${found.length}\n${found[0] ?? ''}`
}

/** Far beyond what any step takes, for machines that do much else. */
const waitMs = 30_000

class Wire {
  #socket: Socket
  #buffer = ''
  #ended = false
  #wake: () => void = () => undefined

  constructor(socket: Socket) {
    this.#socket = socket
    this.#listen()
  }

  #listen(): void {
    this.#socket.on('data', (data: Buffer) => {
      this.#buffer += data.toString('latin1')
      this.#wake()
    })
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    this.#socket.on('end', end).on('close', end).on('error', end)
  }

  say(text: string): void {
    const raw = /^\{raw:(.*)\}$/s.exec(text)
    const unescaped = (s: string) =>
      s.replace(/\\([rn0t])/g, (_, c: string) => ({ r: '\r', n: '\n', 0: '\0', t: '\t' })[c] ?? c)
    const encoded = text
      .replace(/\{base64:([^}]*)\}/g, (_, s: string) => Buffer.from(unescaped(s)).toString('base64'))
      .replace(/\{repeat:(.):(\d+)\}/g, (_, s: string, times: string) => s.repeat(Number(times)))
    this.#socket.write(raw?.[1] === undefined ? `${encoded}\r\n` : Buffer.from(unescaped(raw[1]), 'latin1'))
  }

  /** All lines of the next reply; what there is when the connection ends before. */
  async reply(): Promise<string[]> {
    for (const deadline = Date.now() + waitMs; Date.now() < deadline; await this.#more(deadline)) {
      const whole = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n/.exec(this.#buffer)
      if (whole !== null) {
        this.#buffer = this.#buffer.slice(whole[0].length)
        return whole[0].trimEnd().split(/\r?\n/)
      }
      if (this.#ended) break
    }
    return this.#buffer === '' ? [] : [this.#buffer]
  }

  async ended(): Promise<boolean> {
    for (const deadline = Date.now() + waitMs; !this.#ended && Date.now() < deadline; ) await this.#more(deadline)
    return this.#ended
  }

  async startTls(): Promise<void> {
    this.#socket.removeAllListeners()
    const secure = connectTls({ socket: this.#socket, rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject))
    this.#socket = secure
    this.#listen()
  }

  close(): void {
    this.#socket.destroy()
  }

  #more(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, deadline - Date.now()))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
