// SPDX-License-Identifier: Apache-2.0
/** A worker that misbehaves on demand. */
import { type ChannelApi, serveChannel } from '../../../src/workers/channel.ts'

export interface OddApi extends ChannelApi {
  readonly echo: { readonly request: string; readonly result: string }
  readonly group: { readonly request: null; readonly result: number }
  /** Answers when the first number of the buffer is no longer 0. */
  readonly hold: { readonly request: SharedArrayBuffer; readonly result: null }
  readonly die: { readonly request: null; readonly result: null }
  readonly hang: { readonly request: null; readonly result: null }
}

function answer(method: string, request: unknown, group: number): unknown {
  if (method === 'die') process.exit(3)
  if (method === 'hang') for (;;) Math.hypot(1, 2)
  if (request instanceof SharedArrayBuffer) {
    Atomics.wait(new Int32Array(request), 0, 0)
    return null
  }
  return method === 'group' ? group : request
}

serveChannel<OddApi>((data) => {
  if (data === 'broken') throw new Error('cannot open')
  return {
    handle: (calls) => calls.map(({ method, request }) => ({ ok: true, value: answer(method, request, calls.length) })),
    [Symbol.dispose]: () => undefined,
  }
}, 4)
