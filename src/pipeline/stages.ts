// SPDX-License-Identifier: Apache-2.0
/** The program's table of contents: the stages of a message's way, in order, each with the room that answers for it. */

export interface StageSpec {
  readonly name: string
  readonly room: string
  readonly question: string
}

export const stages: readonly StageSpec[] = [
  { name: 'connect', room: 'smtp', question: 'who knocks?' },
  { name: 'envelope', room: 'restrictions', question: 'may this connection, sender, recipient go on?' },
  { name: 'authenticate', room: 'msgauth', question: 'who really sent it?' },
  { name: 'read', room: 'message', question: 'what does it say and show?' },
  { name: 'rules', room: 'rules', question: 'which written rules does it meet?' },
  { name: 'bayes', room: 'bayes', question: 'what is it like?' },
  { name: 'verdict', room: 'verdict', question: 'what do the facts cost, and what follows?' },
  { name: 'hold', room: 'quarantine', question: 'does a person decide?' },
  { name: 'queue', room: 'queue', question: 'who carries it, when?' },
  { name: 'deliver', room: 'delivery', question: 'who takes it?' },
  { name: 'shelve', room: 'mailbox', question: 'where does its owner find it?' },
  { name: 'access', room: 'imap', question: 'how does its owner read it?' },
]
