// SPDX-License-Identifier: Apache-2.0
/** Plays one dialogue against one server, and notes what each step was answered. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Dialogue } from './postfix-cases.ts'

export interface Step {
  readonly step: string
  /** "550 5.7.1"; without an enhanced code where there was none; "closed" where the server has gone. */
  readonly answer: string
  readonly text: string
}

const waitMs = 40_000

const message =
  'From: ok@sender.example\r\nTo: ann@local.example\r\nSubject: test\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nHello.\r\n.'

/** To the end of the dialogue, or to the first refusal that leaves nothing to ask. */
export async function play(dialogue: Dialogue, host: string, port: number, localAddress: string): Promise<Step[]> {
  const wire = new Wire(connect({ host, port, localAddress }))
  const steps: Step[] = []
  const say = async (step: string, line: string | null): Promise<boolean> => {
    if (line !== null) wire.send(`${line}\r\n`)
    steps.push(readAnswer(step, await wire.reply()))
    return /^[23]/.test(steps.at(-1)?.answer ?? '')
  }
  try {
    await converse(dialogue, say, wire)
    return steps
  } finally {
    wire.close()
  }
}

async function converse(
  dialogue: Dialogue,
  say: (step: string, line: string | null) => Promise<boolean>,
  wire: Wire,
): Promise<void> {
  const { verb, helo, sender, recipients, until } = dialogue
  if (!(await say('connect', null))) return
  const mail = `MAIL FROM:<${sender}>`
  if (dialogue.pipelined) {
    wire.send(`${verb} ${helo}\r\n${mail}\r\n`)
    if (!(await say(verb, null)) || !(await say('MAIL', null))) return
  } else {
    if (!(await say(verb, `${verb} ${helo}`))) return
    if (until === 'etrn') return void (await say('ETRN', `ETRN ${recipients[0]}`))
  }
  if (dialogue.login !== null) {
    if (!(await say('STARTTLS', 'STARTTLS'))) return
    await wire.startTls()
    if (!(await say(verb, `${verb} ${helo}`))) return
    const secret = Buffer.from(`\0${dialogue.login}\0secret`).toString('base64')
    if (!(await say('AUTH', `AUTH PLAIN ${secret}`))) return
  }
  if (!dialogue.pipelined && !(await say('MAIL', mail))) return
  let taken = 0
  for (const recipient of recipients) if (await say(`RCPT ${recipient}`, `RCPT TO:<${recipient}>`)) taken++
  if (taken === 0 || until === 'rcpt') return
  if ((await say('DATA', 'DATA')) && until === 'end') await say('end of data', message)
}

function readAnswer(step: string, reply: string): Step {
  const [, code = '', dsn = '', text = ''] = /^(\d{3})(?:[ -]([245]\.\d{1,3}\.\d{1,3}))?[ -]?(.*)$/s.exec(reply) ?? []
  if (code === '') return { step, answer: 'closed', text: reply }
  // A banner and the answer to EHLO have no enhanced code (RFC 2034 §4); what Postern says of a 250 is its own.
  const plain =
    step === 'connect' ||
    step === 'STARTTLS' ||
    step.endsWith('HLO') ||
    step === 'HELO' ||
    step === 'ETRN' ||
    code === '354'
  return { step, answer: code.startsWith('2') && plain ? code : `${code} ${dsn}`.trim(), text }
}

class Wire {
  #socket: Socket
  #text = ''
  #ended = false
  #wake: () => void = () => undefined

  constructor(socket: Socket) {
    this.#socket = socket
    this.#listen(socket)
  }

  async startTls(): Promise<void> {
    this.#socket.removeAllListeners()
    const secure = connectTls({ socket: this.#socket, rejectUnauthorized: false })
    await once(secure, 'secureConnect')
    this.#socket = secure
    this.#listen(secure)
  }

  #listen(socket: Socket): void {
    const end = (): void => {
      this.#ended = true
      this.#wake()
    }
    socket.on('data', (chunk) => {
      this.#text += chunk.toString('latin1')
      this.#wake()
    })
    socket.on('end', end).on('close', end).on('error', end)
  }

  send(text: string): void {
    this.#socket.write(text)
  }

  /** The last line of the next reply; what there is when the connection ends before. */
  async reply(): Promise<string> {
    for (const deadline = Date.now() + waitMs; Date.now() < deadline; await this.#more(deadline)) {
      const whole = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n/.exec(this.#text)
      if (whole !== null) {
        this.#text = this.#text.slice(whole[0].length)
        return whole[0].trimEnd().split(/\r?\n/).at(-1) ?? ''
      }
      if (this.#ended) return ''
    }
    return 'no reply in time'
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
