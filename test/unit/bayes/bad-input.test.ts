// SPDX-License-Identifier: Apache-2.0
/** Corpora that are not what they should be: a clear sentence, and memory that stays bounded. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readCorpus } from '../../../src/bayes/corpus.ts'
import { UserError } from '../../../src/core/failure.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-bad-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string, bytes: string | Buffer) => {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}
async function read(path: string, label: 'ham' | 'spam' | null = null) {
  const found: { name: string; bytes: number }[] = []
  const skipped: string[] = []
  const onSkip = (name: string) => skipped.push(name)
  for await (const { name, raw } of readCorpus([path], { label, stdin: null, onSkip })) {
    found.push({ name, bytes: raw.length })
  }
  return { found, skipped }
}
const mail = 'Subject: x\n\nbody\n'

const refused = [
  ['an empty file', at('empty', ''), /is empty/],
  ['a program', at('binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 10])), /is no mail message/],
  ['the beginning of a file packed with xz', at('a.tar.xz', Buffer.from('\xfd7zXZ\0\0\0', 'latin1')), /broken xz file/],
  [
    'a broken archive packed with xz',
    at('b.tar.xz', Buffer.from(`\xfd7zXZ\0${'x'.repeat(5000)}`, 'latin1')),
    /broken xz file/,
  ],
  ['something else packed with gzip', at('x.gz', gzipSync('hello')), /tar file that ends|broken tar/],
  ['a path that leads nowhere', join(folder, 'absent'), /no such file/],
] as const
for (const [what, path, text] of refused) {
  test(`${what} is refused in words`, () =>
    assert.rejects(read(path), (error) => error instanceof UserError && text.test(error.complaints[0]?.text ?? '')))
}

test('a tar file gives its messages, those of the wanted label, packed or not', async () => {
  for (const label of ['ham', 'spam']) {
    mkdirSync(join(folder, 'c', label), { recursive: true })
    for (const n of [1, 2]) at(join('c', label, `${n}-${'long'.repeat(30)}.eml`), mail)
  }
  at(join('c', 'notes.bin'), Buffer.from([0, 1, 2]))
  for (const [name, flags] of [
    ['c.tar', 'cf'],
    ['c.tar.gz', 'czf'],
    ['c.tar.xz', 'cJf'],
  ] as const) {
    execFileSync('tar', [flags, join(folder, name), '-C', folder, 'c'])
    const all = await read(join(folder, name))
    assert.deepEqual([all.found.length, all.skipped.length], [4, 1])
    const spam = await read(join(folder, name), 'spam')
    assert.equal(spam.found.length, 2)
    assert.ok(spam.found.every((one) => one.name.includes('/spam/') && one.bytes === mail.length))
  }
})

test('two archives packed with xz are read in turn', async () => {
  const [a, b] = ['ham', 'spam'].map((label) =>
    readCorpus([join(folder, 'c.tar.xz')], { label: label as 'ham' | 'spam', stdin: null, onSkip: () => undefined }),
  )
  const names: string[] = []
  for (let i = 0; i < 2; i++) for (const one of [a, b]) names.push((await one?.next())?.value?.name ?? '')
  assert.deepEqual(
    names.map((name) => /ham|spam/.exec(name)?.[0]),
    ['ham', 'spam', 'ham', 'spam'],
  )
})

/** POSTERN_HUGE_MBOX=2048 for the whole 2 GiB. */
const hugeMiB = Number(process.env['POSTERN_HUGE_MBOX'] ?? 256)

test(`an mbox of ${hugeMiB} MiB is read in bounded memory`, async () => {
  const path = at('huge.mbox', `From a\n${mail}\nFrom b\nSubject: y\n\n`)
  truncateSync(path, hugeMiB * 2 ** 20)
  const before = process.memoryUsage().rss
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 20)
  const { found } = await read(path)
  clearInterval(timer)
  assert.equal(found.length, 2)
  assert.ok((found[1]?.bytes ?? Infinity) < 6 * 2 ** 20)
  assert.ok(most - before < 256 * 2 ** 20, `${Math.round((most - before) / 2 ** 20)} MiB more`)
})
