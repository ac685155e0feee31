// SPDX-License-Identifier: Apache-2.0
/**
 * rate_limit WHAT=COUNT/PERIOD, a restriction of ours: counts each time it is asked (in the recipient list, that is each
 * recipient) and refuses for now what goes beyond. WHAT is client, sender, sender_domain, recipient or user.
 */
import { addressKey } from '../core/address.ts'
import type { EpochMs } from '../core/brand.ts'
import { type Maker, Misspelt } from './build.ts'
import type { About } from './refusal.ts'
import { aboutClient, aboutRecipient, aboutSender, dunno, type Ruling, refuse, rejected } from './ruling.ts'
import type { Subject } from './subject.ts'

const units: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 }
const kinds = ['client', 'sender', 'sender_domain', 'recipient', 'user'] as const
type Kind = (typeof kinds)[number]

const nothing: Ruling = dunno('nothing to count')

export const rateLimit: Maker = {
  argument: 'what=count/period',
  make(argument, { deps }) {
    const match = /^([a-z_]+)=(\d{1,9})\/(\d{0,6})([smhd])$/.exec(argument)
    const kind = kinds.find((one) => one === match?.[1])
    const limit = Number(match?.[2])
    const periodMs = Number(match?.[3] === '' ? 1 : match?.[3]) * (units[match?.[4] ?? ''] ?? 0)
    if (match === null || kind === undefined || limit < 1 || periodMs < 1000)
      throw new Misspelt(`"${argument}" is not a rate`, `write client=100/1h; what: ${kinds.join(', ')}`)
    return async (subject) => {
      const counted = countedOf(kind, subject)
      if (counted === null) return nothing
      const key = `rate ${argument} ${counted.key}`
      const count = await deps.counters.add(key, 1, periodMs, deps.clock.now() as EpochMs)
      if (count <= limit) return dunno(`number ${count} of ${limit} in this period`)
      const refusal = rejected(counted.about, 450, '4.7.1', 'Rate limit exceeded, please try again later')
      return refuse(refusal, `number ${count}, and ${limit} are allowed`)
    }
  },
}

function countedOf(kind: Kind, subject: Subject): { readonly key: string; readonly about: About } | null {
  const { sender, recipient } = subject
  switch (kind) {
    case 'client':
      return { key: subject.ip, about: aboutClient(subject) }
    case 'sender':
    case 'sender_domain': {
      if (sender === undefined || sender === null) return null
      return { key: kind === 'sender' ? addressKey(sender) : sender.domain, about: aboutSender(subject) }
    }
    case 'recipient':
      return recipient === null ? null : { key: addressKey(recipient), about: aboutRecipient(subject) }
    case 'user': {
      const account = subject.facts.session.identity?.account
      return account === undefined ? null : { key: account, about: { name: account, class: 'SASL login name' } }
    }
  }
}
