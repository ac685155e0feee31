// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import type { FolderChange } from '../../../src/mailbox/changes.ts'
import { withCrlf } from '../../../src/mailbox/content.ts'
import { directorySyncs } from '../../../src/mailbox/durable.ts'
import { flagsOf, seen, wordsOf } from '../../../src/mailbox/flags.ts'
import type { Folder } from '../../../src/mailbox/folder.ts'
import { openShelf, type Shelf } from '../../../src/mailbox/shelf.ts'
import { account, aShelf, wallClock } from '../../support/imap-server.ts'
import { silentLog } from '../../support/silent.ts'

const mail = (text: string): Buffer => Buffer.from(`Subject: ${text}\r\n\r\n${text}\r\n`)

async function inbox(shelf: Shelf): Promise<Folder> {
  const folder = await shelf.open(account, 'INBOX')
  assert.ok(folder !== null)
  return folder
}

describe('deliver', () => {
  it('makes the account with its folders at the first message', async () => {
    await using box = await aShelf()
    const { path } = await box.shelf.deliver(account, 'INBOX', mail('a'), {
      prefix: Buffer.from('Return-Path: <>\r\n'),
    })
    assert.equal(join(path, '..'), join(box.maildir, 'new'))
    assert.equal(await readFile(path, 'utf8'), `Return-Path: <>\r\n${mail('a')}`)
    assert.deepEqual((await readdir(box.maildir)).filter((name) => name.startsWith('.')).sort(), [
      '.Drafts',
      '.Junk',
      '.Sent',
      '.Trash',
    ])
    assert.deepEqual(await readdir(join(box.maildir, 'tmp')), [])
  })

  it('takes a stream, and counts line ends for the size', async () => {
    await using box = await aShelf()
    const stream = Readable.from([Buffer.from('a: b\r'), Buffer.from('\n\nbody\n')])
    const { path } = await box.shelf.deliver(account, 'Junk', stream, { prefix: Buffer.from('X: y\r\n') })
    assert.match(path, /\/\.Junk\/new\/[^/]+,S=18,W=20$/)
    const folder = await box.shelf.open(account, 'Junk')
    assert.equal(folder && (await box.shelf.contents.size(folder, 1)), 20)
    assert.equal(folder && (await box.shelf.contents.bytes(folder, 1))?.toString(), 'X: y\r\na: b\r\n\r\nbody\r\n')
  })

  it('keeps every one of many at once, in a folder that was deleted meanwhile too', async () => {
    await using box = await aShelf()
    await Promise.all(Array.from({ length: 50 }, (_, i) => box.shelf.deliver(account, 'Junk', mail(`${i}`))))
    assert.equal((await readdir(join(box.maildir, '.Junk', 'new'))).length, 50)
    await rm(join(box.maildir, '.Junk'), { recursive: true })
    await box.shelf.deliver(account, 'Junk', mail('after'))
    assert.equal((await readdir(join(box.maildir, '.Junk', 'new'))).length, 1)
  })

  it('fails and leaves nothing when the disk does', async () => {
    await using box = await aShelf()
    await box.shelf.deliver(account, 'INBOX', mail('a'))
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('half')
        throw new Error('read error')
      })(),
    )
    await assert.rejects(box.shelf.deliver(account, 'INBOX', broken), /read error/)
    assert.deepEqual(await readdir(join(box.maildir, 'tmp')), [])
    assert.equal((await readdir(join(box.maildir, 'new'))).length, 1)
  })
})

describe('Folder', () => {
  it('tells every listener but the one who changed it', async () => {
    await using box = await aShelf()
    await box.shelf.deliver(account, 'INBOX', mail('a'))
    const folder = await inbox(box.shelf)
    const heard: FolderChange[] = []
    const me = {}
    const stop = folder.listen((change) => heard.push(change))
    await folder.setFlags([1, 99], 'add', flagsOf(['\\Seen', 'K']), me)
    await folder.setFlags([1], 'add', flagsOf(['\\Seen', 'k']), me)
    assert.deepEqual(heard, [{ added: [], removed: [], flags: [1], origin: me }])
    assert.deepEqual(await folder.expunge([1, 99]), [1])
    assert.deepEqual(heard[1]?.removed, [1])
    stop()
    await box.shelf.deliver(account, 'INBOX', mail('b'))
    await folder.sync()
    assert.equal(heard.length, 2)
  })

  it('follows a file that another program renames between two looks', async () => {
    await using box = await aShelf()
    const { path } = await box.shelf.deliver(account, 'INBOX', mail('a'))
    const folder = await inbox(box.shelf)
    const moved = path.replace('/new/', '/cur/')
    await rename(path, `${moved}:2,Fa`)
    assert.equal((await box.shelf.contents.bytes(folder, 1))?.toString(), mail('a').toString())
    await folder.setFlags([1], 'add', { system: seen, keywords: [] }, null)
    assert.deepEqual(await readdir(join(box.maildir, 'cur')), [`${moved.split('/').at(-1)}:2,FSa`])
    assert.deepEqual(wordsOf(folder.message(1)?.flags ?? flagsOf([])), ['\\Flagged', '\\Seen'])
  })

  it('keeps UIDs and keywords for the next program', async () => {
    await using box = await aShelf()
    await box.shelf.append(account, 'INBOX', mail('a'), flagsOf(['\\Seen', 'Work']), 1_000_000_000_000)
    await box.shelf.append(account, 'INBOX', mail('b'), flagsOf([]), null)
    const first = await inbox(box.shelf)
    const second = await inbox(openShelf({ root: box.root, clock: wallClock, log: silentLog }))
    assert.equal(second.uidValidity, first.uidValidity)
    assert.deepEqual(
      [...second.messages()].map(({ uid, flags }) => [uid, wordsOf(flags)]),
      [
        [1, ['\\Seen', 'Work']],
        [2, []],
      ],
    )
    assert.equal(await box.shelf.contents.date(second, 1), 1_000_000_000_000)
  })

  it('gives each session one object, so that no UID is given twice', async () => {
    await using box = await aShelf()
    const folders = await Promise.all(Array.from({ length: 10 }, () => inbox(box.shelf)))
    assert.equal(new Set(folders).size, 1)
    await Promise.all(Array.from({ length: 20 }, (_, i) => box.shelf.deliver(account, 'INBOX', mail(`${i}`))))
    await Promise.all(Array.from({ length: 5 }, () => inbox(box.shelf)))
    assert.deepEqual(
      [...(folders[0]?.messages() ?? [])].map(({ uid }) => uid),
      Array.from({ length: 20 }, (_, i) => i + 1),
    )
  })

  it('passes over names it could not write down', async () => {
    await using box = await aShelf()
    await box.shelf.folders(account)
    await writeFile(join(box.maildir, 'new', 'a\nb'), mail('x'))
    await writeFile(join(box.maildir, 'new', '.hidden'), mail('x'))
    assert.equal((await inbox(box.shelf)).size, 0)
  })
})

describe('copy', () => {
  it('leaves nothing in the target when one message cannot be copied', async () => {
    await using box = await aShelf()
    for (const text of ['a', 'b']) await box.shelf.deliver(account, 'INBOX', mail(text))
    const folder = await inbox(box.shelf)
    await rm(join(box.maildir, '.Trash', 'cur'), { recursive: true })
    await writeFile(join(box.maildir, '.Trash', 'cur'), 'not a directory')
    assert.equal(await box.shelf.copy(folder, [1, 2], account, 'Trash'), null)
    assert.equal(folder.size, 2)
  })
})

describe('directorySyncs', () => {
  it('shares one sync among those who ask while another runs', async () => {
    const started: (() => void)[] = []
    const sync = directorySyncs(() => new Promise((resolve) => started.push(resolve)))
    const first = sync('/d')
    const rest = [sync('/d'), sync('/d'), sync('/d')]
    assert.equal(started.length, 1)
    started[0]?.()
    await first
    await new Promise(setImmediate)
    assert.equal(started.length, 2, 'those who came later are not answered by the sync that was under way')
    started[1]?.()
    await Promise.all(rest)
    assert.equal(started.length, 2)
  })
})

describe('withCrlf', () => {
  for (const [from, to] of [
    ['a\nb\r\nc\n', 'a\r\nb\r\nc\r\n'],
    ['\n\n', '\r\n\r\n'],
    ['a\rb\r\n', 'a\rb\r\n'],
    ['', ''],
  ] as const) {
    it(`turns ${JSON.stringify(from)} into ${JSON.stringify(to)}`, () => {
      assert.equal(withCrlf(Buffer.from(from)).toString(), to)
    })
  }
})
