// SPDX-License-Identifier: Apache-2.0
/** What a restriction may say, and how a refusal is worded. */
import type { Evidence } from '../core/evidence.ts'
import type { Order } from '../core/ruling.ts'
import type { About, Refusal, Scored } from './refusal.ts'
import type { Subject } from './subject.ts'

export type Ruling =
  | { readonly kind: 'dunno' | 'permit'; readonly because: string }
  | {
      readonly kind: 'refuse' | 'defer_if_permit' | 'defer_if_reject'
      readonly refusal: Refusal
      readonly because: string
    }
  /** Something to be done or told; the list goes on. */
  | {
      readonly kind: 'note'
      readonly because: string
      readonly order?: Order
      readonly evidence?: Evidence
      readonly warning?: string
    }
  /** Accept everything from here on, and throw it away. */
  | { readonly kind: 'discard'; readonly because: string }
  /** Another list takes this restriction's place. */
  | { readonly kind: 'list'; readonly items: readonly Item[]; readonly about: About; readonly because: string }

export interface Restriction {
  /** As it was written, arguments included. */
  readonly text: string
  /** May throw a Failure for faults; its reply is what the client reads. */
  readonly examine: Examine
}

export type Examine = (subject: Subject, about: About) => Ruling | Promise<Ruling>

export interface Item {
  readonly restriction: Restriction
  /** Preceded by warn_if_reject. */
  readonly warnOnly: boolean
  /** Preceded by "score N SYMBOL": a refusal becomes evidence. */
  readonly scored: Scored | null
}

export function dunno(because: string): Ruling {
  return { kind: 'dunno', because }
}

export function permit(because: string): Ruling {
  return { kind: 'permit', because }
}

/** "<name>: Class rejected: text". */
export function rejected(about: About, code: number, dsn: string, text: string): Refusal {
  return { code, dsn, text: `<${about.name}>: ${about.class} rejected: ${text}`, policy: true }
}

export function refuse(refusal: Refusal, because: string): Ruling {
  return { kind: 'refuse', refusal, because }
}

/** A doubt: refuse at once with `defer`, else only if nothing else refuses. */
export function doubt(action: 'defer_if_permit' | 'defer', refusal: Refusal, because: string): Ruling {
  return { kind: action === 'defer' ? 'refuse' : 'defer_if_permit', refusal, because }
}

/** A table or the directory could not be asked. */
export function lookupFailed(name: string, because: string): Ruling {
  return refuse({ code: 451, dsn: '4.3.0', text: `<${name}>: Temporary lookup failure`, policy: false }, because)
}

/** An access table could not be asked. */
export function tableFailed(about: About, because: string): Ruling {
  return refuse({ ...rejected(about, 451, '4.3.5', 'Server configuration error'), policy: false }, because)
}

/** We are set up wrongly; what exactly, only the log tells. */
export function misconfigured(because: string): Ruling {
  return refuse({ code: 451, dsn: '4.3.5', text: 'Server configuration error', policy: false }, because)
}

export function aboutClient(subject: Subject): About {
  return { name: `${subject.clientName}[${subject.ip}]`, class: 'Client host' }
}

export function aboutReverse(subject: Subject): About {
  return { name: subject.reverseName, class: 'Unverified Client host' }
}

export function aboutHelo(subject: Subject): About {
  return { name: subject.helo ?? '', class: 'Helo command' }
}

export function aboutSender(subject: Subject): About {
  return { name: subject.senderText, class: 'Sender address' }
}

export function aboutRecipient(subject: Subject): About {
  return { name: subject.recipientText, class: 'Recipient address' }
}
