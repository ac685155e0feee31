// SPDX-License-Identifier: Apache-2.0
/**
 * A small typed RPC with one worker thread that lives as long as the program: deadlines, and a new thread when the old
 * one dies or hangs. Both ends are here; the worker's file calls serveChannel with its handler.
 */
import { parentPort, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads'
import { UserError } from '../core/failure.ts'
import type { Logger } from '../core/ports.ts'

/** Method names with their argument and result, all of them structured-cloneable. */
export type ChannelApi = Readonly<Record<string, { readonly request: unknown; readonly result: unknown }>>

export type ChannelCall<Api extends ChannelApi> = {
  readonly [M in keyof Api & string]: { readonly method: M; readonly request: Api[M]['request'] }
}[keyof Api & string]

type Settled =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly message: string
      /** Of system and database errors, such as ENOSPC. */
      readonly code: string | null
      readonly exitCode: number | null
      readonly complaints: UserError['complaints']
    }

interface WireRequest {
  readonly id: number
  readonly call: { readonly method: string; readonly request: unknown }
}

type WireReply =
  | { readonly kind: 'ready'; readonly outcome: Settled }
  | { readonly kind: 'results'; readonly results: readonly { readonly id: number; readonly outcome: Settled }[] }

/** The worker died, hung or was closed: what it was asked may have happened, or not. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError'
}

export interface ChannelOptions {
  /** The worker's file, with the extension of the caller's: see siblingModule. */
  readonly module: URL
  readonly name: string
  /** Handed to the worker's open function. */
  readonly data: unknown
  /** A call that takes longer fails, and the worker with it: it is taken to hang. */
  readonly deadlineMs: number
  /** Wait before a new worker is started after a death; doubled with each death in a row, up to 32 times. */
  readonly restartMs: number
  readonly log: Logger
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** "./worker" beside import.meta.url, ending in .ts under type stripping and in .js when built. */
export function siblingModule(name: string, callerUrl: string): URL {
  return new URL(`${name}${callerUrl.endsWith('.ts') ? '.ts' : '.js'}`, callerUrl)
}

function failed(error: unknown): Settled {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : null
  if (!(error instanceof UserError)) return { ok: false, message, code, exitCode: null, complaints: [] }
  return { ok: false, message, code, exitCode: error.exitCode, complaints: error.complaints }
}

function errorOf(outcome: Settled & { readonly ok: false }): Error {
  if (outcome.exitCode !== null) return new UserError(outcome.exitCode, outcome.complaints)
  const error = new Error(outcome.message)
  return outcome.code === null ? error : Object.assign(error, { code: outcome.code })
}

export class Channel<Api extends ChannelApi> implements AsyncDisposable {
  readonly #options: ChannelOptions
  readonly #pending = new Map<number, Pending>()
  /** The newest thread; it may be called only while it serves. */
  #worker: Worker | null = null
  #serving = false
  #ready: Promise<void> = Promise.resolve()
  #nextId = 1
  #deathsInARow = 0
  #closed = false

  private constructor(options: ChannelOptions) {
    this.#options = options
  }

  /** Resolves when the worker has opened what it serves; rejects with its UserError when it cannot. */
  static async open<Api extends ChannelApi>(options: ChannelOptions): Promise<Channel<Api>> {
    const channel = new Channel<Api>(options)
    try {
      await channel.#start()
    } catch (error) {
      await channel[Symbol.asyncDispose]()
      throw error
    }
    return channel
  }

  /** Rejects with the worker's error, or with a ChannelError when the answer did not come. */
  async call<M extends keyof Api & string>(method: M, request: Api[M]['request']): Promise<Api[M]['result']> {
    if (this.#closed) throw new ChannelError(`${this.#options.name} is closed`)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const id = this.#nextId++
    const timer = setTimeout(() => this.#overran(id, method), this.#options.deadlineMs)
    this.#pending.set(id, { resolve, reject, timer })
    const post = () => {
      const message: WireRequest = { id, call: { method, request } }
      if (this.#pending.has(id)) this.#worker?.postMessage(message)
    }
    if (this.#serving) post()
    else this.#ready.then(post, (error: Error) => this.#fail(id, error))
    return (await promise) as Api[M]['result']
  }

  /** Waits for what was asked before, then ends the worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const worker = this.#worker
    if (worker === null) return
    const { promise, resolve } = Promise.withResolvers<void>()
    worker.once('exit', () => resolve())
    const timer = setTimeout(() => void worker.terminate(), this.#options.deadlineMs)
    if (this.#serving) worker.postMessage(null)
    else void worker.terminate()
    await promise
    clearTimeout(timer)
  }

  #start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const worker = new Worker(this.#options.module, { name: this.#options.name, workerData: this.#options.data })
    this.#worker = worker
    worker.on('message', (reply: WireReply) => {
      if (reply.kind === 'results') {
        for (const { id, outcome } of reply.results) this.#settle(id, outcome)
      } else if (reply.outcome.ok) {
        this.#serving = true
        resolve()
      } else reject(errorOf(reply.outcome))
    })
    worker.on('error', (error) => {
      this.#options.log.error('channel.crashed', error, { worker: this.#options.name })
      reject(error)
    })
    worker.on('exit', (code) => {
      reject(new ChannelError(`${this.#options.name} ended with code ${code}`))
      this.#ended()
    })
    this.#ready = promise
    promise.catch(() => undefined)
    return promise
  }

  #ended(): void {
    const neverServed = !this.#serving && this.#deathsInARow === 0
    this.#worker = null
    this.#serving = false
    for (const id of [...this.#pending.keys()]) this.#fail(id, new ChannelError(`${this.#options.name} died`))
    if (this.#closed || neverServed) return
    const wait = this.#options.restartMs * 2 ** Math.min(this.#deathsInARow, 5)
    this.#deathsInARow += 1
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    promise.catch(() => undefined)
    this.#ready = promise
    setTimeout(() => {
      if (this.#closed) reject(new ChannelError(`${this.#options.name} is closed`))
      else this.#start().then(resolve, reject)
    }, wait)
  }

  #overran(id: number, method: string): void {
    const { name, deadlineMs } = this.#options
    this.#fail(id, new ChannelError(`${name}: ${method} took over ${deadlineMs} ms`))
    // What else waits is behind the one that hangs, and fails with it.
    void this.#worker?.terminate()
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (pending !== undefined) clearTimeout(pending.timer)
    return pending
  }

  #fail(id: number, error: Error): void {
    this.#take(id)?.reject(error)
  }

  #settle(id: number, outcome: Settled): void {
    this.#deathsInARow = 0
    if (outcome.ok) this.#take(id)?.resolve(outcome.value)
    else this.#take(id)?.reject(errorOf(outcome))
  }
}

/** What the worker's end serves. */
export interface ChannelServer<Api extends ChannelApi> extends Disposable {
  /**
   * Everything that was waiting when the worker woke, in its order, so that it can be committed together. One outcome
   * for each; a throw fails them all.
   */
  handle(
    calls: readonly ChannelCall<Api>[],
  ): readonly ({ readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown })[]
}

function answer<Api extends ChannelApi>(server: ChannelServer<Api>, batch: readonly WireRequest[]): WireReply {
  try {
    const outcomes = server.handle(batch.map((request) => request.call as ChannelCall<Api>))
    const results = batch.map(({ id }, i) => {
      const outcome = outcomes[i] ?? { ok: false, error: new Error('no answer') }
      return { id, outcome: outcome.ok ? outcome : failed(outcome.error) }
    })
    return { kind: 'results', results }
  } catch (error) {
    return { kind: 'results', results: batch.map(({ id }) => ({ id, outcome: failed(error) })) }
  }
}

/** Called once by the worker's file. At most maxBatch calls are handled together. */
export function serveChannel<Api extends ChannelApi>(
  open: (data: unknown) => ChannelServer<Api>,
  maxBatch: number,
): void {
  const port = parentPort
  if (port === null) throw new Error('not a worker thread')
  let server: ChannelServer<Api>
  try {
    server = open(workerData)
  } catch (error) {
    port.postMessage({ kind: 'ready', outcome: failed(error) } satisfies WireReply)
    return
  }
  const reach: { closing: boolean } = { closing: false }
  const close = () => {
    server[Symbol.dispose]()
    port.close()
  }
  port.on('message', (first: WireRequest | null) => {
    const batch: WireRequest[] = []
    let next: { message: WireRequest | null } | undefined = { message: first }
    while (next !== undefined && batch.length < maxBatch) {
      if (next.message === null) reach.closing = true
      else batch.push(next.message)
      next = batch.length < maxBatch ? receiveMessageOnPort(port) : undefined
    }
    if (batch.length > 0) port.postMessage(answer(server, batch))
    if (reach.closing) close()
  })
  port.postMessage({ kind: 'ready', outcome: { ok: true, value: null } } satisfies WireReply)
}
