// SPDX-License-Identifier: Apache-2.0
/** SpamAssassin's Bayes alone, asked line by line (spamassassin-bayes.pl); no expiry, no minimum, no automatic learning. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Filter } from './accuracy-peers.ts'

interface Spamassassin extends Filter {
  /** Scores from now on with a setting of `combinations`. */
  combine(setting: string): Promise<void>
}

/** Which of its tokens it learns. */
export const tokenSources: readonly (readonly string[])[] = [[], ['bayes_token_sources all']]

/** Its constants other than they are: least deviation, s and x of Robinson's f(w). */
export function* combinations(): Generator<string> {
  for (const deviation of [0, 0.1, 0.2, 0.3, 0.346, 0.4, 0.45])
    for (const s of [0.001, 0.01, 0.03, 0.1, 0.32, 1])
      for (const x of [0.415, 0.5, 0.538, 0.6]) {
        const setting = `combine ${deviation} ${s} ${x}`
        if (setting !== builtIn) yield setting
      }
}

const builtIn = 'combine 0.346 0.03 0.538'

export async function openSpamassassin(home: string, settings: readonly string[]): Promise<Spamassassin> {
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
    combine: async (setting) => void (await ask(setting)),
    async close() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}
