// SPDX-License-Identifier: Apache-2.0
/** What V8 is told of heaps: those of threads that examine, and where that cannot be told apart, of all. */
import { setFlagsFromString } from 'node:v8'

/**
 * Megabytes. A message of some kilobytes leaves a megabyte of rubbish, and those that are read together live for as long
 * as all of them take: with a smaller young generation (V8 takes a third of it before it collects) they are copied twice
 * and then kept, and an old generation that is limited more narrowly is collected ten times as often.
 */
export const heapLimits = { maxYoungGenerationSizeMb: 96, maxOldGenerationSizeMb: 1024 } as const

const flags = [
  // The program's own flag keeps the main thread's young generation small, and would win over these limits.
  '--max-semi-space-size=0',
  // V8 learns from messages that are read together that what is made for one lives long, and makes it in the old generation
  // from then on, where it is rubbish that keeps all it refers to: a quarter of processor time with SpamAssassin's rules.
  '--no-allocation-site-pretenuring',
  // V8 takes eight seconds without work for the end of all work: it shrinks heaps, and the next mail pays for making them
  // anew, 5 % of processor time. A gateway rests so long many times a day.
  '--gc-memory-reducer-start-delay-ms=60000',
] as const

/** For the whole process, as V8's flags are; to be called before such a thread is started. */
export function setHeapFlags(): void {
  for (const flag of flags) setFlagsFromString(flag)
}
