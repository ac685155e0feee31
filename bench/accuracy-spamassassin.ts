// SPDX-License-Identifier: Apache-2.0
/** SpamAssassin's Bayes alone, asked line by line (spamassassin-bayes.pl); no expiry, no minimum, no automatic learning. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Filter } from './accuracy-peers.ts'

export async function openSpamassassin(home: string, settings: readonly string[]): Promise<Filter> {
  const script = join(import.meta.dirname, 'spamassassin-bayes.pl')
  const child = spawn('perl', [script, home, ...settings], { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\n`)
    for (;;) {
      const { value, done } = await lines.next()
      if (done === true) throw new Error('SpamAssassin ended early')
      if (value === 'ok' || /^[\d.e+-]+$/.test(String(value))) return String(value)
    }
  }
  return {
    learn: async (path, spam) => void (await ask(`learn ${spam ? 'spam' : 'ham'} ${path}`)),
    score: async (path) => Number(await ask(`score ${path}`)),
    settle: async () => void (await ask('flush')),
    async close() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}
