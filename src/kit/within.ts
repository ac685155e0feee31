// SPDX-License-Identifier: Apache-2.0

/**
 * Work that is called off when its time is over, or when nobody waits for it any more. Once it has ended nothing of this
 * is left behind: AbortSignal.timeout keeps its timer for the whole time, and AbortSignal.any a place among the signals
 * that depend on another.
 */
export async function within<T>(
  ms: number,
  parent: AbortSignal | null,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const leave = () => stop.abort(parent?.reason)
  const timer = setTimeout(() => stop.abort(new DOMException('it took too long', 'TimeoutError')), ms)
  if (parent?.aborted) leave()
  parent?.addEventListener('abort', leave, { once: true })
  try {
    return await work(stop.signal)
  } finally {
    clearTimeout(timer)
    parent?.removeEventListener('abort', leave)
  }
}
