// SPDX-License-Identifier: Apache-2.0
/** What V8 is told of the heap of a thread that examines. */
import { setFlagsFromString } from 'node:v8'

/**
 * Megabytes. A message of some kilobytes leaves a megabyte of rubbish, and those that are read together live for as long
 * as all of them take: with a smaller young generation they are copied twice and then kept, and an old generation that
 * is limited more narrowly is collected ten times as often.
 */
export const heapLimits = { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 1024 } as const

/**
 * The program's own flag keeps the main thread's young generation small, and would win over these limits. And V8 learns
 * from messages that are read together that what is made for one lives long, and makes it in the old generation from
 * then on, where it is rubbish that keeps all it refers to: a fifth of processor time with SpamAssassin's stock rules.
 */
const flags = ['--max-semi-space-size=0', '--no-allocation-site-pretenuring'] as const

/** For the whole process, as V8's flags are; to be called before such a thread is started. */
export function setHeapFlags(): void {
  for (const flag of flags) setFlagsFromString(flag)
}
