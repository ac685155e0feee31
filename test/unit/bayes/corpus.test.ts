// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readCorpus } from '../../../src/bayes/corpus.ts'
import { UserError } from '../../../src/core/failure.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-corpus-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const mail = (subject: string) => `Subject: ${subject}\n\nbody of ${subject}\n`
const file = (name: string, content: string | Buffer) => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}

async function read(paths: readonly string[], label: 'ham' | 'spam' | null = null, stdin = '') {
  const names: string[] = []
  const skipped: string[] = []
  const options = {
    label,
    stdin: (async function* () {
      for (let i = 0; i < stdin.length; i += 7) yield Buffer.from(stdin.slice(i, i + 7))
    })(),
    onSkip: (name: string) => void skipped.push(name.slice(folder.length + 1)),
  }
  for await (const { raw } of readCorpus(paths, options)) names.push(/Subject: (\S+)/.exec(raw.toString())?.[1] ?? '?')
  return { names, skipped }
}

test('a single message', async () => {
  assert.deepEqual((await read([file('one.eml', mail('one'))])).names, ['one'])
})

test('an mbox, with text that looks like a border but is none', async () => {
  const text = `From a@b Mon\n${mail('one')}From here on\n\nFrom c@d Tue\n${mail('two')}\n>From quoted\n`
  assert.deepEqual((await read([file('box.mbox', text)])).names, ['one', 'two'])
})

test('a Maildir and a folder tree, without what is not mail', async () => {
  file('md/cur/1:2,S', mail('read'))
  file('md/new/2', mail('new'))
  file('md/tmp/3', mail('half'))
  file('md/dovecot.index', Buffer.from([0, 1, 2, 3]))
  file('md/empty', '')
  const { names, skipped } = await read([join(folder, 'md')])
  assert.deepEqual(names, ['read', 'new'])
  assert.deepEqual(skipped, ['md/dovecot.index', 'md/empty'])
})

test('a manifest gives the rows of one label', async () => {
  file('m/a.eml', mail('a'))
  file('m/b.eml', mail('b'))
  const manifest = file('m/list.tsv', 'path\tlabel\na.eml\tham\nb.eml\tspam\n')
  assert.deepEqual((await read([manifest], 'spam')).names, ['b'])
})

test('standard input: one message, or an mbox', async () => {
  assert.deepEqual((await read(['-'], null, mail('piped'))).names, ['piped'])
  assert.deepEqual((await read(['-'], null, `From x\n${mail('p')}\nFrom y\n${mail('q')}`)).names, ['p', 'q'])
})

const complaints: readonly (readonly [string, () => string, number, RegExp])[] = [
  ['a missing path', () => join(folder, 'one.elm'), 66, /there is no such file \(did you mean .*one\.eml\?\)/],
  ['an empty file', () => file('empty.eml', ''), 65, /is empty/],
  ['a binary', () => file('prog', Buffer.from([0x7f, 69, 76, 70, 0, 0, 58])), 65, /is no mail message/],
  [
    'a manifest with a bad row',
    () => file('bad.tsv', 'path\tlabel\nx.eml\n'),
    65,
    /bad\.tsv:2: lacks a path or a label/,
  ],
]
for (const [what, path, code, text] of complaints) {
  test(`${what} is told in one line`, async () => {
    await assert.rejects(read([path()]), (error: unknown) => {
      assert.ok(error instanceof UserError)
      assert.equal(error.exitCode, code)
      assert.match(error.message, text)
      return true
    })
  })
}
