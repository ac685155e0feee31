// SPDX-License-Identifier: Apache-2.0
/** Programs that people read their mail with, against our listener. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { ImapFlow } from 'imapflow'
import { account, anImapServer, type TestServer } from '../support/imap-server.ts'

const run = promisify(execFile)
const noCurl = spawnSync('curl', ['--version']).stdout?.toString().includes('imap') ? false : 'curl is not installed'
const message = (subject: string, body: string): Buffer =>
  Buffer.from(
    `From: Ann <ann@example.org>\r\nTo: ${account}\r\nSubject: ${subject}\r\nContent-Type: text/plain\r\n\r\n${body}\r\n`,
  )

function client(server: TestServer, secure: boolean): ImapFlow {
  return new ImapFlow({
    host: '127.0.0.1',
    port: server.port,
    secure,
    tls: { rejectUnauthorized: false },
    auth: { user: account, pass: 'secret' },
    logger: false,
  })
}

describe('curl', { skip: noCurl }, () => {
  it('lists, reads, searches and uploads over STARTTLS', async () => {
    await using server = await anImapServer({ tls: 'starttls', allowPlaintextAuth: false })
    await server.shelf.deliver(account, 'INBOX', message('hello', 'first body'))
    const curl = async (...args: string[]): Promise<string> => {
      const fixed = ['-sS', '--max-time', '10', '--ssl-reqd', '-k', '-u', `${account}:secret`]
      return (await run('curl', [...fixed, ...args])).stdout
    }
    const url = `imap://127.0.0.1:${server.port}`
    assert.match(await curl(`${url}/`), /\* LIST \(\\HasNoChildren \\Junk\) "\/" "Junk"/)
    assert.equal(await curl(`${url}/INBOX;UID=1`), message('hello', 'first body').toString())
    assert.match(await curl(`${url}/INBOX?SUBJECT%20hello`), /\* SEARCH 1\r\n/)
    const file = join(server.root, 'draft.eml')
    await writeFile(file, message('draft', 'later'))
    await curl('-T', file, `${url}/Drafts`)
    assert.match(await curl(`${url}/Drafts`, '-X', 'STATUS Drafts (MESSAGES)'), /MESSAGES 1/)
  })
})

describe('imapflow', () => {
  it('logs in over TLS, lists, fetches, searches, flags, moves and appends', async () => {
    await using server = await anImapServer({ tls: 'implicit' })
    for (const n of [1, 2, 3]) await server.shelf.deliver(account, 'INBOX', message(`number ${n}`, `body ${n}`))
    const imap = client(server, true)
    await imap.connect()
    const folders = await imap.list()
    assert.deepEqual(folders.map(({ path, specialUse }) => [path, specialUse]).sort(), [
      ['Drafts', '\\Drafts'],
      ['INBOX', '\\Inbox'],
      ['Junk', '\\Junk'],
      ['Sent', '\\Sent'],
      ['Trash', '\\Trash'],
    ])
    const lock = await imap.getMailboxLock('INBOX')
    try {
      const seen: string[] = []
      for await (const one of imap.fetch('1:*', { envelope: true, bodyStructure: true, source: true, flags: true })) {
        assert.equal(one.bodyStructure?.type, 'text/plain')
        assert.match(one.source?.toString() ?? '', /body \d\r\n$/)
        seen.push(one.envelope?.subject ?? '')
      }
      assert.deepEqual(seen, ['number 1', 'number 2', 'number 3'])
      const text = await imap.download('2', '1')
      assert.equal((await text.content.toArray()).join(''), 'body 2\r\n')
      assert.deepEqual(await imap.search({ subject: 'number 2' }, { uid: true }), [2])
      await imap.messageFlagsAdd({ uid: '2' }, ['\\Flagged', '$Label1'], { uid: true })
      assert.deepEqual(await imap.search({ flagged: true, keyword: '$Label1' }), [2])
      const moved = await imap.messageMove('1:2', 'Trash')
      assert.deepEqual(
        [...((moved ? moved.uidMap : null) ?? [])],
        [
          [1, 1],
          [2, 2],
        ],
      )
      const appended = await imap.append('INBOX', message('mine', 'x'), ['\\Seen'], new Date('2020-01-02T03:04:05Z'))
      assert.equal(appended ? appended.uid : null, 4)
      const one = await imap.fetchOne('4', { internalDate: true, flags: true }, { uid: true })
      assert.equal(new Date((one ? one.internalDate : null) ?? 0).toISOString(), '2020-01-02T03:04:05.000Z')
      assert.ok(await imap.messageDelete({ uid: '4' }, { uid: true }))
      assert.deepEqual((await imap.status('INBOX', { messages: true, unseen: true })).messages, 1)
    } finally {
      lock.release()
    }
    await imap.mailboxCreate(['Projekte', 'Größe'])
    assert.ok((await imap.list()).some(({ path }) => path === 'Projekte/Größe'))
    await imap.mailboxRename(['Projekte', 'Größe'], ['Archiv'])
    await imap.mailboxDelete('Archiv')
    await imap.logout()
  })

  it('hears of a new delivery while it waits', async () => {
    await using server = await anImapServer({ tls: 'starttls', allowPlaintextAuth: false })
    const imap = client(server, false)
    await imap.connect()
    await imap.mailboxOpen('INBOX')
    const news = new Promise<number>((resolve) => imap.on('exists', ({ count }: { count: number }) => resolve(count)))
    const waiting = imap.idle()
    await server.shelf.deliver(account, 'INBOX', message('news', 'fresh'))
    assert.equal(await news, 1)
    const got = await imap.fetchOne('*', { envelope: true })
    assert.equal(got ? got.envelope?.subject : null, 'news')
    await waiting
    await imap.logout()
  })
})
