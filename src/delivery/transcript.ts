// SPDX-License-Identifier: Apache-2.0
/** Follows a conversation by its commands and replies: which reply belongs to what, and which is overdue. */
import { type Exchange, parseOffers, type StepLimits } from './session.ts'

type Label = 'greeting' | 'hello' | 'mail' | 'rcpt' | 'data' | 'end' | 'other'

const verbs: Readonly<Record<string, Label>> = {
  EHLO: 'hello',
  LHLO: 'hello',
  HELO: 'hello',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
}

function isPositive(reply: string): boolean {
  return reply.startsWith('2') || reply.startsWith('3')
}

export class Transcript {
  readonly #lmtp: boolean
  readonly #limits: StepLimits
  readonly #overdue: (waitingFor: string) => void
  /** What replies are still to come for. */
  #awaited: Label[] = ['greeting']
  #timer: NodeJS.Timeout | null = null
  #offers: ReadonlyMap<string, string> = new Map()
  #peerName = ''
  #lastCommand = ''
  #wholeMessageSent = false
  #mail: string | null = null
  #rcpt: string[] = []
  #data: string | null = null
  #end: string[] = []
  #ends = 0

  constructor(lmtp: boolean, limits: StepLimits, overdue: (waitingFor: string) => void) {
    this.#lmtp = lmtp
    this.#limits = limits
    this.#overdue = overdue
  }

  get offers(): ReadonlyMap<string, string> {
    return this.#offers
  }

  get peerName(): string {
    return this.#peerName
  }

  get lastCommand(): string {
    return this.#lastCommand
  }

  /** False in the middle of a message, or with replies to come: nothing new may be said then. */
  get settled(): boolean {
    return this.#awaited.length === 0 && (this.#ends === 0 || this.#wholeMessageSent)
  }

  begin(): void {
    this.#mail = null
    this.#rcpt = []
    this.#data = null
    this.#end = []
    this.#ends = 0
    this.#wholeMessageSent = false
  }

  command(line: string): void {
    this.#lastCommand = line
    this.#awaited.push(verbs[line.slice(0, 4).toUpperCase()] ?? 'other')
    this.#await('a reply', this.#limits.commandMs)
  }

  /** The final dot has been handed to the socket. */
  messageSent(): void {
    this.#wholeMessageSent = true
    if (this.#awaited.length > 0) this.#await('the reply to the message', this.#limits.finalMs)
  }

  reply(text: string): void {
    const label = this.#awaited.shift()
    if (label === 'hello') this.#greeted(text)
    if (label === 'mail') this.#mail = text
    if (label === 'rcpt') this.#rcpt.push(text)
    if (label === 'end') this.#end.push(text)
    if (label === 'data') this.#dataReply(text)
    if (this.#awaited.length === 0) this.stop()
    else if (label === 'data') this.#await('the message to be taken', this.#limits.transferMs)
    else if (label === 'end') this.#await('the reply to the message', this.#limits.finalMs)
    else this.#await('a reply', this.#limits.commandMs)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  exchange(recipients: number, trouble: string | null): Exchange {
    return {
      mail: this.#mail,
      rcpt: Array.from({ length: recipients }, (_, i) => this.#rcpt[i] ?? null),
      data: this.#data,
      end: Array.from({ length: this.#ends }, (_, i) => this.#end[i] ?? null),
      trouble,
    }
  }

  #greeted(text: string): void {
    this.#offers = isPositive(text) ? parseOffers(text) : new Map()
    this.#peerName = (text.split('\n', 1)[0] ?? '').slice(4).trim().split(' ', 1)[0]?.toLowerCase() ?? ''
  }

  #dataReply(text: string): void {
    this.#data = text
    const accepted = this.#rcpt.filter(isPositive).length
    if (!isPositive(text) || accepted === 0) return
    this.#ends = this.#lmtp ? accepted : 1
    this.#awaited.push(...Array.from({ length: this.#ends }, () => 'end' as const))
  }

  #await(what: string, ms: number): void {
    this.stop()
    this.#timer = setTimeout(() => this.#overdue(what), ms)
  }
}
