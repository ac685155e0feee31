// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { playDialogue } from '../support/imap-dialogue.ts'

describe('IMAP dialogues', { concurrency: 4 }, () => {
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.imap'))) {
    it(file, () => playDialogue(join(import.meta.dirname, file)))
  }
})
