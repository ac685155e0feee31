// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { aGateway } from '../support/gateway.ts'
import { playDialogue, readDialogue } from '../support/smtp-dialogue.ts'

describe('SMTP dialogues', { concurrency: 4 }, () => {
  for (const name of readdirSync(import.meta.dirname).filter((file) => file.endsWith('.smtp'))) {
    const file = join(import.meta.dirname, name)
    const dialogue = readDialogue(file)
    it(`${name}: ${dialogue.title}`, async () => {
      await using gateway = await aGateway(dialogue)
      await playDialogue(file, dialogue, gateway)
    })
  }
})
