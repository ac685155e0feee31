// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openScanner, type Scanner } from '../../src/app/scanner.ts'
import { testConfig } from '../support/gateway.ts'
import { readStory, tellStory } from '../support/story.ts'
import { zoneResolver } from '../support/zone-resolver.ts'

describe('stories', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-stories-'))
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.story'))
  const stories = names.map((name) => ({ name, story: readStory(join(import.meta.dirname, name)) }))
  // One scanner for all: each story has names of its own, so that their zones can be one.
  const zone = zoneResolver(stories.map(({ story }) => story.zone).join(''))
  let scanner: Scanner
  before(async () => {
    scanner = await openScanner(testConfig(folder), { ...zone, forTransaction: () => zone })
  })
  after(async () => {
    await scanner[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  for (const { name, story } of stories) {
    it(`${name}: ${story.facts.title ?? ''}`, () => tellStory(story, scanner, folder))
  }
})
