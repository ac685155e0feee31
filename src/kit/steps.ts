// SPDX-License-Identifier: Apache-2.0

/** Work that can be put aside between its steps, so that others of the same kind take each step right behind it. */
export type Steps<T> = Generator<void, T, void>

/** All steps at once. */
export function runSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
