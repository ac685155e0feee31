// SPDX-License-Identifier: Apache-2.0
/** Who a recipient stands for: canonical form, SRS, virtual addresses, aliases, catch-all. Bounded, and proof to loops. */
import { type Address, addressKey, printAddress, type ReversePath, withoutExtension } from '../core/address.ts'
import type { Domain } from '../core/brand.ts'
import type { AddressClass, Envelope, Recipient } from '../core/envelope.ts'
import { Failure } from '../core/failure.ts'
import type { Logger, Meter } from '../core/ports.ts'
import type { Reply } from '../core/reply.ts'
import type { Table } from '../tables/table.ts'
import type { AliasTarget } from './aliases.ts'
import { type LookupRules, lookUp, readTarget } from './lookups.ts'
import type { Srs } from './srs.ts'

export interface RewriteOptions extends LookupRules {
  readonly senderCanonical: readonly Table[]
  readonly recipientCanonical: readonly Table[]
  readonly virtual: readonly Table[]
  /** By name, lower case; asked for domains of our own mailboxes. */
  readonly alias: (name: string) => readonly AliasTarget[] | null
  /** The targets of an ":include:" file. Rejects when it cannot be read. */
  readonly include: (path: string) => Promise<readonly AliasTarget[]>
  readonly addressClass: (address: Address) => AddressClass
  /** Who gets the mail for nobody; null: it is refused. */
  readonly catchAll: (domain: Domain) => Address | null
  /** Has the address a mailbox? Asked where there is a catch-all. */
  readonly exists: (address: Address) => Promise<boolean>
  readonly srs: Srs | null
  /** Recipients that one recipient may become. */
  readonly limit: number
  readonly log: Logger
  readonly meter: Meter
}

/** A program has the address of its alias. */
interface Target {
  readonly address: Address
  readonly command?: string
  /** The address that mail to this one is sent under: the alias's owner. */
  readonly owner?: Address
}

/** null: the address stands for itself. */
type Step = readonly Target[] | null

interface Walk {
  readonly seen: Set<string>
  readonly found: Map<string, Target>
}

/** Aliases of aliases of aliases … */
const maxDepth = 50

const loops: Reply = { code: 554, enhanced: '5.4.6', text: 'Recipient address leads back to itself' }
const tooMany: Reply = { code: 554, enhanced: '5.4.6', text: 'Recipient address stands for too many others' }
const unknown: Reply = { code: 550, enhanced: '5.1.1', text: 'Recipient address rejected: User unknown' }
const badTarget: Reply = { code: 451, enhanced: '4.3.5', text: 'Server configuration error' }

export class Rewriter {
  readonly #options: RewriteOptions

  constructor(options: RewriteOptions) {
    this.#options = options
  }

  /** True when a recipient stands for others; false when it is what it says. Throws a Failure with the reply it deserves. */
  async standsForOthers(address: Address): Promise<boolean> {
    const canonical = await this.#canonical(address)
    const targets = await this.#expand(canonical)
    return addressKey(canonical) !== addressKey(address) || targets.some((target) => !isSame(target, canonical))
  }

  /**
   * The envelope as it is carried: each recipient replaced by those it stands for, each of them once. Throws a Failure
   * when one of them cannot be told: then the message is for nobody yet.
   */
  async envelope<E extends Pick<Envelope, 'reversePath' | 'recipients'>>(envelope: E): Promise<E> {
    const { senderCanonical } = this.#options
    const { reversePath: written } = envelope
    const found = written === null ? null : await lookUp(senderCanonical, written, this.#options)
    const reversePath = found?.[0] ?? written
    const recipients = new Map<string, Recipient>()
    for (const recipient of envelope.recipients) {
      for (const one of await this.#recipients(recipient, reversePath)) {
        const key = keyOf(one)
        if (!recipients.has(key)) recipients.set(key, one)
      }
    }
    return { ...envelope, reversePath, recipients: [...recipients.values()] }
  }

  async #recipients(recipient: Recipient, reversePath: ReversePath): Promise<readonly Recipient[]> {
    const canonical = await this.#canonical(recipient.address)
    const targets = await this.#expand(canonical)
    const original = recipient.original === '' ? printAddress(recipient.address) : recipient.original
    return targets.map((target) => {
      if (isSame(target, recipient.address)) return recipient
      const { address, command } = target
      const back = this.#reversePath(target, recipient.address, reversePath)
      return {
        ...recipient,
        address,
        original,
        addressClass: this.#options.addressClass(address),
        ...(command === undefined ? {} : { command }),
        ...(back === null ? {} : { reversePath: back }),
      }
    })
  }

  /** Under which address mail is sent on; null: under the sender's own. */
  #reversePath(target: Target, alias: Address, reversePath: ReversePath): Address | null {
    const { addressClass, isOurs, srs, log, meter } = this.#options
    // A null reverse-path stays null: a bounce must not bring about another one (RFC 5321 §4.5.5).
    if (reversePath === null) return null
    if (target.owner !== undefined) return target.owner
    const leaves = target.command === undefined && addressClass(target.address) === 'remote'
    if (srs === null || !leaves || isOurs(reversePath) || addressKey(target.address) === addressKey(alias)) return null
    const rewritten = srs.encode(reversePath)
    meter.count('postern_queue_srs_total', { result: rewritten === null ? 'too-long' : 'rewritten' })
    if (rewritten === null) log.warn('queue.srs_too_long', { sender: printAddress(reversePath) })
    return rewritten
  }

  async #canonical(address: Address): Promise<Address> {
    const found = await lookUp(this.#options.recipientCanonical, address, this.#options)
    return found?.[0] ?? address
  }

  async #expand(address: Address): Promise<readonly Target[]> {
    const walk: Walk = { seen: new Set(), found: new Map() }
    await this.#visit({ address }, [], walk)
    return [...walk.found.values()]
  }

  async #visit(target: Target, path: readonly string[], walk: Walk): Promise<void> {
    const key = keyOf(target)
    // "alice: alice, bob" keeps alice's own mailbox in it.
    if (target.command !== undefined || path.at(-1) === key) return this.#found(target, walk)
    if (path.includes(key)) throw new Failure(loops, `${path.join(' → ')} → ${key}`)
    if (path.length >= maxDepth || walk.seen.size > this.#options.limit) throw new Failure(tooMany, path[0] ?? key)
    if (walk.seen.has(key)) return
    walk.seen.add(key)
    const step = await this.#step(target)
    if (step === null) return this.#found(target, walk)
    for (const next of step) {
      const owner = next.owner ?? target.owner
      await this.#visit(owner === undefined ? next : { ...next, owner }, [...path, key], walk)
    }
  }

  #found(target: Target, walk: Walk): void {
    walk.found.set(keyOf(target), target)
    if (walk.found.size > this.#options.limit) throw new Failure(tooMany, printAddress(target.address))
  }

  /** What the address stands for at the next step. */
  async #step({ address }: Target): Promise<Step> {
    const { srs, virtual } = this.#options
    if (srs?.owns(address)) {
      const sender = srs.decode(address)
      if (sender === null) throw new Failure(unknown, `${printAddress(address)} is forged or too old`)
      return [{ address: sender }]
    }
    const others = await lookUp(virtual, address, this.#options)
    // An address that stands for itself is settled for virtual tables, not for aliases.
    const key = addressKey(address)
    if (others?.some((other) => addressKey(other) !== key)) {
      return others.map((other) => ({ address: other }))
    }
    return (await this.#aliased(address)) ?? (others === null ? this.#caught(address) : null)
  }

  async #aliased(address: Address): Promise<Step> {
    const { alias, addressClass, delimiter } = this.#options
    if (address.domain !== '' && addressClass(address) !== 'local') return null
    const name = address.localPart.toLowerCase()
    const plain = withoutExtension(address, delimiter)?.localPart.toLowerCase()
    const targets = alias(name) ?? (plain === undefined ? null : alias(plain))
    if (targets === null) return null
    const owner = { localPart: `owner-${plain ?? name}`, domain: address.domain }
    const owned = alias(owner.localPart) === null ? {} : { owner }
    return (await this.#included(targets)).map((target) => ({ ...owned, ...this.#read(target, address) }))
  }

  async #included(targets: readonly AliasTarget[]): Promise<readonly AliasTarget[]> {
    const lists = targets.map((target) => (target.kind === 'include' ? this.#options.include(target.path) : [target]))
    return (await Promise.all(lists)).flat()
  }

  #read(target: AliasTarget, alias: Address): Target {
    if (target.kind === 'program') return { address: alias, command: target.command }
    const address = target.kind === 'address' ? readTarget(target.text, alias) : null
    if (address === null) throw new Failure(badTarget, `a target of ${printAddress(alias)} is no address`)
    return { address }
  }

  async #caught(address: Address): Promise<Step> {
    const { catchAll, exists } = this.#options
    const target = catchAll(address.domain)
    if (target === null || addressKey(target) === addressKey(address) || (await exists(address))) return null
    return [{ address: target }]
  }
}

function keyOf({ address, command }: Pick<Recipient, 'address' | 'command'>): string {
  return command === undefined ? addressKey(address) : `${addressKey(address)} |${command}`
}

function isSame(target: Target, address: Address): boolean {
  return target.command === undefined && addressKey(target.address) === addressKey(address)
}
