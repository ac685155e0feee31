// SPDX-License-Identifier: Apache-2.0
/**
 * The whole crash test as a program: node test/crash/custody.ts [--rounds 100] [--seed N]. Prints what it did as JSON.
 * `npm test` runs a short one.
 */
import { parseArgs } from 'node:util'
import { tempFolder } from '../support/custody.ts'
import { buildFaults, CrashHouse, type Totals } from './house.ts'
import { allRounds, writePoints } from './rounds.ts'

const maxTries = 5

/** mulberry32: the same rounds for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Throws where a promise was broken. Without a C compiler it only kills. */
export async function crash(rounds: number, seed: number, say: (line: string) => void): Promise<Totals> {
  await using folder = await tempFolder()
  const random = seeded(seed)
  const faults = buildFaults(folder.path)
  if (faults === null) say('no C compiler: kills only, no fault is injected')
  await using house = await CrashHouse.open(folder.path, faults, random)
  for (const [n, round] of allRounds(rounds, random).entries()) {
    const planned = faults === null ? { plan: null, powerCut: false } : round
    say(`round ${n + 1}: ${planned.plan ?? 'kill'}${planned.powerCut ? ', power cut' : ''}`)
    await house.round(planned)
  }
  // Enough rounds for every point once: what did not come to pass is tried again.
  if (faults !== null && rounds >= writePoints.length * 2) await spareNone(house, say)
  return await house.reckon()
}

/** Throws where a fault cannot be brought about. */
async function spareNone(house: CrashHouse, say: (line: string) => void): Promise<void> {
  for (let tries = 1; tries <= maxTries; tries++) {
    for (const point of house.spared(writePoints)) {
      say(`again: ${point}`)
      await house.round({ plan: `${point} 1 before`, powerCut: true })
    }
  }
  const spared = house.spared(writePoints)
  if (spared.length > 0) throw new Error(`no fault came to pass at ${spared.join(', ')}`)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
  })
  const totals = await crash(Number(values.rounds), Number(values.seed), (line) => process.stderr.write(`${line}\n`))
  process.stdout.write(`${JSON.stringify(totals, null, 2)}\n`)
}
