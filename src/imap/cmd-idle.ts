// SPDX-License-Identifier: Apache-2.0
import { bad, ok } from './refusal.ts'
import { type Command, loggedIn, type Talk } from './talk.ts'

/** RFC 2177. Deliveries of this process are heard at once; those of other programs at the next look. */
export const idle: Command = {
  name: 'IDLE',
  states: loggedIn,
  async run(talk, args) {
    args.end()
    const { limits, clock } = talk.deps
    await talk.wire.write('+ idling\r\n')
    const ended = talk.wire.line(limits.lineBytes, clock.now() + limits.idleMs)
    // Whoever stops waiting for the line must not leave its rejection unheard.
    ended.catch(() => undefined)
    while (!(await endedOrNews(talk, ended))) {
      await talk.view?.folder.sync()
      const lines = (await talk.view?.drain(true)) ?? []
      if (lines.length > 0) await talk.wire.write(lines.join(''))
    }
    if ((await ended).toString('latin1').toUpperCase() !== 'DONE') throw bad('expected DONE')
    return ok('done')
  },
}

/** True: the client has ended it. */
async function endedOrNews(talk: Talk, ended: Promise<Buffer>): Promise<boolean> {
  const stop = new AbortController()
  const over = ended.then(
    () => true,
    () => true,
  )
  const tick = talk.deps.clock.sleep(talk.deps.limits.rescanMs, stop.signal).then(
    () => false,
    () => false,
  )
  const news = talk.view?.changed().then(() => false) ?? new Promise<boolean>(() => undefined)
  const which = await Promise.race([over, tick, news])
  stop.abort()
  return which
}
