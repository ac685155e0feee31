// SPDX-License-Identifier: Apache-2.0
/** Connections kept for a while after use, by target, and how many there may be at once. */
import { Semaphore } from '../kit/semaphore.ts'
import { NoSession, type OpenSession, type Session, type SessionOptions, type Target } from './session.ts'

export interface PoolOptions {
  readonly open: OpenSession
  readonly session: SessionOptions
  /** How long an unused connection is kept. 0: not at all. */
  readonly idleMs: number
  /** Messages over one connection at most. */
  readonly maxUses: number
  /** Connections at once to one target; more must wait. */
  readonly maxPerTarget: number
}

interface Kept {
  readonly session: Session
  readonly uses: number
  readonly timer: NodeJS.Timeout
}

interface Lane {
  readonly permits: Semaphore
  readonly kept: Kept[]
}

/** A connection in use. */
export interface Lent extends Disposable {
  readonly session: Session
  /** It was used before: the peer may have closed it without our knowing. */
  readonly reused: boolean
}

function keyOf(target: Target): string {
  const { lmtp, host, address, port, tls, pin, credentials } = target
  return [lmtp ? 'lmtp' : 'smtp', host, address, port, tls, pin?.id ?? '', credentials?.user ?? ''].join(' ')
}

export class Pool implements AsyncDisposable {
  readonly #options: PoolOptions
  readonly #lanes = new Map<string, Lane>()
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /**
   * A connection that was kept, or a new one; it is closed when the signal aborts and goes back when disposed of.
   * Rejects with NoSession, or with the signal's reason when aborted while waiting.
   */
  async lend(target: Target, signal: AbortSignal, fresh = false): Promise<Lent> {
    const key = keyOf(target)
    const lane = this.#lanes.get(key) ?? { permits: new Semaphore(this.#options.maxPerTarget), kept: [] }
    this.#lanes.set(key, lane)
    const permit = await lane.permits.acquire(signal)
    try {
      const kept = fresh ? undefined : this.#takeKept(lane)
      const session = kept?.session ?? (await this.#open(target, signal))
      const uses = (kept?.uses ?? 0) + 1
      return this.#lent(key, lane, permit, session, uses, signal)
    } catch (error) {
      permit[Symbol.dispose]()
      this.#forget(key, lane)
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const lane of this.#lanes.values()) {
      for (const { session, timer } of lane.kept.splice(0)) {
        clearTimeout(timer)
        session.quit()
        session.close()
      }
    }
    this.#lanes.clear()
  }

  /** Opportunistic TLS that fails in its handshake goes on without (RFC 7435 §3). */
  async #open(target: Target, signal: AbortSignal): Promise<Session> {
    const { open, session } = this.#options
    try {
      return await open(target, session, signal)
    } catch (error) {
      if (!(error instanceof NoSession) || error.step !== 'tls' || target.tls !== 'may') throw error
      return await open({ ...target, tls: 'none' }, session, signal)
    }
  }

  #takeKept(lane: Lane): Kept | undefined {
    for (let kept = lane.kept.pop(); kept !== undefined; kept = lane.kept.pop()) {
      clearTimeout(kept.timer)
      if (kept.session.usable) return kept
      kept.session.close()
    }
    return undefined
  }

  #lent(key: string, lane: Lane, permit: Disposable, session: Session, uses: number, signal: AbortSignal): Lent {
    const abort = () => session.close()
    signal.addEventListener('abort', abort, { once: true })
    return {
      session,
      reused: uses > 1,
      [Symbol.dispose]: () => {
        signal.removeEventListener('abort', abort)
        this.#giveBack(key, lane, session, uses)
        permit[Symbol.dispose]()
        this.#forget(key, lane)
      },
    }
  }

  #giveBack(key: string, lane: Lane, session: Session, uses: number): void {
    const { idleMs, maxUses } = this.#options
    if (!session.usable) session.close()
    else if (this.#closed || idleMs === 0 || uses >= maxUses) session.quit()
    else {
      const timer = setTimeout(() => {
        lane.kept.splice(lane.kept.indexOf(kept), 1)
        session.quit()
        this.#forget(key, lane)
      }, idleMs)
      const kept: Kept = { session, uses, timer }
      lane.kept.push(kept)
    }
  }

  /** Strangers choose the domains we send to: a lane that nobody uses is forgotten. */
  #forget(key: string, lane: Lane): void {
    if (lane.permits.taken === 0 && lane.kept.length === 0) this.#lanes.delete(key)
  }
}
