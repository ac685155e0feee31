// SPDX-License-Identifier: Apache-2.0
/** Which rounds there are: every write point with every fault that it can meet, and kills at random moments between. */
import type { Round } from './house.ts'

/** Every call that changes what is durable, by call and kind of file; a new one makes the test fail until it is here. */
export const writePoints = [
  'open spool-blobs',
  'write spool-blobs',
  'open spool-tmp',
  'write spool-tmp',
  'sync spool-tmp',
  'rename spool-blobs',
  'sync spool-blobs',
  'unlink spool-blobs',
  'write wal',
  'sync wal',
  'write db',
  'sync db',
  'open mail-tmp',
  'write mail-tmp',
  'rename mail-new',
  'sync mail-new',
] as const

/** Points that a running gateway does not pass: they are made once, at first start, or may be lost. */
export const otherPoints: ReadonlySet<string> = new Set([
  'open db',
  'open wal',
  'open journal',
  'write journal',
  'sync journal',
  'unlink journal',
  'unlink wal',
  'truncate wal',
  'truncate db',
  'sync other',
  'unlink spool-tmp',
  // What its O_DSYNC writes do.
  'sync mail-tmp',
  'unlink mail-tmp',
  'unlink mail-new',
  'open losable',
  'write losable',
  'sync losable',
  'truncate losable',
  'unlink losable',
])

/** These end the process; the power goes with it, so that what had not been synced is put in doubt. */
const deadly: ReadonlySet<string> = new Set(['before', 'after', 'torn'])

function faultsOf(point: string): string[] {
  const plain = ['before', 'after', 'EIO:3', 'ENOSPC:5']
  return point.startsWith('write') ? [...plain, 'torn', 'short'] : plain
}

/** Seldom passed (a checkpoint, a bundle begun, a large message): the first time must do. */
const rare: ReadonlySet<string> = new Set([
  'write db',
  'sync db',
  'open spool-blobs',
  'open spool-tmp',
  'write spool-tmp',
  'sync spool-tmp',
  'rename spool-blobs',
  'unlink spool-blobs',
])

/** In an order that mixes them; random is in 0..1. */
export function allRounds(total: number, random: () => number): Round[] {
  const planned = writePoints.flatMap((point) =>
    faultsOf(point).map((how) => {
      const nth = 1 + (rare.has(point) ? 0 : Math.floor(random() * 40))
      return { plan: `${point} ${nth} ${how}`, powerCut: deadly.has(how) }
    }),
  )
  const shuffled = planned
    .map((round) => ({ round, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ round }) => round)
  // Each point once before any point comes a second time.
  const seen = new Map<string, number>()
  const ranked = shuffled.map((round) => {
    const point = round.plan?.split(' ').slice(0, 2).join(' ') ?? ''
    seen.set(point, (seen.get(point) ?? 0) + 1)
    return { round, rank: seen.get(point) ?? 0 }
  })
  const inTurn = ranked.sort((a, b) => a.rank - b.rank).map(({ round }) => round)
  const rounds: Round[] = inTurn.slice(0, Math.ceil((total * 2) / 3))
  while (rounds.length < total) rounds.push({ plan: null, powerCut: rounds.length % 2 === 0 })
  return rounds
}
