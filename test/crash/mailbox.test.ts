// SPDX-License-Identifier: Apache-2.0
/** A process that delivers is killed: what it had said is there and whole, and the folder can be read. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { account, aShelf } from '../support/imap-server.ts'

const program = (root: string): string => `
  import { openShelf } from ${JSON.stringify(join(import.meta.dirname, '../../src/mailbox/shelf.ts'))}
  const clock = { now: () => Date.now(), sleep: () => new Promise(() => undefined) }
  const shelf = openShelf({ root: ${JSON.stringify(root)}, clock, log: null })
  const body = Buffer.from('Subject: x\\r\\n\\r\\n' + 'line\\r\\n'.repeat(2000) + 'end\\r\\n')
  const deliver = async () => {
    for (;;) {
      const { path } = await shelf.deliver(${JSON.stringify(account)}, 'INBOX', body)
      process.stdout.write(path + '\\n')
      await shelf.append(${JSON.stringify(account)}, 'Sent', body, { system: 1, keywords: ['K'] }, null)
    }
  }
  await Promise.all([deliver(), deliver(), deliver()])
`

it('mail that was promised survives a kill at any moment', async () => {
  for (const afterMs of [150, 230, 310]) {
    await using box = await aShelf()
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(box.root)])
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    await once(child.stdout, 'data')
    setTimeout(() => child.kill('SIGKILL'), afterMs)
    await once(child, 'close')
    const paths = said.split('\n').slice(0, -1)
    assert.ok(paths.length > 0)
    for (const path of paths) assert.ok((await readFile(path, 'latin1')).endsWith('end\r\n'))
    for (const name of ['INBOX', 'Sent']) {
      const folder = await box.shelf.open(account, name)
      assert.ok(folder !== null && (name === 'Sent' || folder.size >= paths.length))
      const uids = [...folder.messages()].map(({ uid }) => uid)
      assert.equal(new Set(uids).size, uids.length)
      for (const uid of uids) {
        assert.ok((await box.shelf.contents.bytes(folder, uid))?.toString('latin1').endsWith('end\r\n'))
      }
    }
  }
})
