// SPDX-License-Identifier: Apache-2.0
/** DNS for one message: each question once, so many of them, and all of it within one time. */
import type { Clock, DnsAnswer, MxRecord, RecordKind, Resolver } from '../core/ports.ts'

export interface DnsBridge extends Disposable {
  /** Never throws: what fails, is over the budget or comes too late is a tempfail. Each question is asked once. */
  readonly dns: Resolver
}

export interface DnsBridgeOptions {
  readonly dns: Resolver
  /** The only address whose reverse name may be asked (SPF "ptr" and %{p}). */
  readonly ip: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Milliseconds for all of it, from the first question that is not answered at once. */
  readonly dnsMs: number
  readonly maxQueries: number
}

type Answer = DnsAnswer<string | MxRecord>

/** RFC 1035 §2.3.4: any other name cannot exist, so nobody is asked. */
export function canExist(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => label !== '' && label.length <= 63)
}

const tempfail = (because: string): DnsAnswer<never> => ({ kind: 'tempfail', because })
const late = tempfail('time for DNS is used up')
/** Made once: an error's stack costs more than what it says here. */
const tooLate = new Error('the time for DNS is over')

interface Wait {
  readonly signal: AbortSignal
  /** Resolves when time is over, so that a resolver that never answers cannot hold a message. */
  readonly over: Promise<DnsAnswer<never>>
  stop(): void
}

function startWait({ clock, signal, dnsMs }: DnsBridgeOptions): Wait {
  const { promise, resolve } = Promise.withResolvers<DnsAnswer<never>>()
  const over = new AbortController()
  const done = new AbortController()
  const giveUp = () => {
    over.abort(tooLate)
    resolve(late)
  }
  clock.sleep(dnsMs, done.signal).then(giveUp, () => undefined)
  signal.addEventListener('abort', giveUp, { once: true })
  const stop = () => {
    signal.removeEventListener('abort', giveUp)
    done.abort(tooLate)
  }
  return { signal: over.signal, over: promise, stop }
}

/** DNS for one message; dispose of it when the message is judged. */
export function createDnsBridge(options: DnsBridgeOptions): DnsBridge {
  const { dns: outside, ip, maxQueries } = options
  const asked = new Map<string, Promise<Answer>>()
  // Started when somebody has to wait: most messages never do.
  let wait: Wait | null = null
  let queries = 0

  const askOutside = async (kind: RecordKind, name: string): Promise<Answer> => {
    wait ??= startWait(options)
    try {
      return await Promise.race([outside[kind](name, wait.signal), wait.over])
    } catch (error) {
      return tempfail(error instanceof Error ? error.message : 'DNS lookup failed')
    }
  }
  const ask = (kind: RecordKind, name: string): Promise<Answer> => {
    if (options.signal.aborted || wait?.signal.aborted === true) return Promise.resolve(late)
    if (++queries > maxQueries) return Promise.resolve(tempfail('too many DNS queries'))
    const known = outside.known?.(kind, name)
    // Answers to a question of this kind hold records of this kind.
    return known === undefined ? askOutside(kind, name) : Promise.resolve(known.answer as Answer)
  }
  function once<T extends string | MxRecord>(kind: RecordKind, written: string): Promise<DnsAnswer<T>> {
    const name = (written.endsWith('.') ? written.slice(0, -1) : written).toLowerCase()
    if (!canExist(name)) return Promise.resolve({ kind: 'nxdomain' })
    const key = `${kind} ${name}`
    const question = asked.get(key) ?? ask(kind, name)
    asked.set(key, question)
    return question as Promise<DnsAnswer<T>>
  }
  const dns: Resolver = {
    a: (name) => once('a', name),
    aaaa: (name) => once('aaaa', name),
    mx: (name) => once('mx', name),
    ns: (name) => once('ns', name),
    txt: (name) => once('txt', name),
    cname: (name) => once('cname', name),
    ptr: () => once('ptr', ip),
  }
  return { dns, [Symbol.dispose]: () => wait?.stop() }
}
