// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Uids, uidsFile } from '../../../src/mailbox/uids.ts'
import { nextValidity } from '../../../src/mailbox/validity.ts'

let directory = ''
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-uids-'))
})
after(() => rm(directory, { recursive: true }))

const path = (): string => join(directory, uidsFile)
const load = (): Promise<Uids> => Uids.load(directory, async () => 77)
const item = (base: string, ...keywords: string[]): { base: string; keywords: string[] } => ({ base, keywords })

describe('Uids', () => {
  it('gives numbers in order and remembers them', async () => {
    const uids = await load()
    assert.deepEqual(await uids.assign([item('a b'), item('c', '$x', 'y')]), [1, 2])
    await uids.forget([1])
    await uids.setKeywords([[2, ['z']]])
    const again = await load()
    assert.equal(again.validity, 77)
    assert.equal(again.next, 3)
    assert.equal(again.uidOf('a b'), undefined)
    assert.equal(again.uidOf('c'), 2)
    assert.deepEqual(again.keywordsOf(2), ['z'])
  })

  it('cuts off a line that a crash left unfinished', async () => {
    await appendFile(path(), '+ 3 half-a-na')
    const uids = await load()
    assert.equal(uids.next, 3)
    assert.deepEqual(await uids.assign([item('d')]), [3])
    assert.match(await readFile(path(), 'utf8'), /\n\+ 3 d\n$/)
    assert.equal((await load()).uidOf('d'), 3)
  })

  it('passes over lines that make no sense', async () => {
    await appendFile(path(), '+ 0 zero\n? 9\n+ 99999999999 big\n+ 3 taken\n- 500\nk x\n')
    const uids = await load()
    assert.equal(uids.uidOf('zero'), undefined)
    assert.equal(uids.uidOf('taken'), undefined)
    assert.equal(uids.uidOf('d'), 3)
    assert.equal(uids.next, 501, 'a number that was named is never given again')
  })

  it('forgets history when there is too much of it, but not the next number', async () => {
    const uids = await load()
    for (let i = 0; i < 3; i += 1) await uids.setKeywords(Array.from({ length: 1000 }, () => [3, ['w']] as const))
    const { next } = await load()
    assert.equal(next, 501)
    assert.ok((await readFile(path(), 'utf8')).length < 200)
    assert.deepEqual((await load()).keywordsOf(3), ['w'])
  })

  it('puts a file aside that is none of ours, and begins anew', async () => {
    await writeFile(path(), 'something else\n')
    const uids = await Uids.load(directory, async () => 78)
    assert.equal(uids.validity, 78)
    assert.equal(uids.next, 1)
    assert.deepEqual((await readdir(directory)).sort(), [uidsFile, `${uidsFile}.broken`])
  })
})

describe('nextValidity', () => {
  it('grows even when the clock does not', async () => {
    assert.equal(await nextValidity(directory, 5_000_000), 5000)
    assert.equal(await nextValidity(directory, 5_000_000), 5001)
    assert.equal(await nextValidity(directory, 1000), 5002)
    assert.equal(await nextValidity(directory, 9_000_000), 9000)
  })
})
