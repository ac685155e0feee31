// SPDX-License-Identifier: Apache-2.0

/** Resolves at the first TERM or INT; a second one ends the process at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const first = (signal: NodeJS.Signals) => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) {
        process.removeListener(name, first)
        process.once(name, () => process.exit(1))
      }
      resolve(signal)
    }
    process.on('SIGTERM', first)
    process.on('SIGINT', first)
  })
}
