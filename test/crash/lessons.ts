// SPDX-License-Identifier: Apache-2.0
import type { Sample } from '../../src/bayes/learn.ts'

/** The n-th lesson: small, and different from all others. */
export function lessonOf(n: number): Sample {
  const features = Uint32Array.from({ length: 20 }, (_, i) => Math.imul(n * 31 + i, 0x9e3779b1) >>> 0 || 1)
  return { digest: n.toString(16).padStart(32, '0'), spam: n % 3 === 0, features }
}
