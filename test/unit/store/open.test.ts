// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import Sqlite from 'better-sqlite3'
import type { QueueId } from '../../../src/core/brand.ts'
import { UserError } from '../../../src/core/failure.ts'
import { openStores } from '../../../src/store/open.ts'
import { anEntry, epoch, LineLog, tempFolder } from '../../support/custody.ts'

const options = { log: new LineLog(), deadlineMs: 10_000, maxLosable: 100, greylistKeepMs: 1_000 }

async function complaint(url: string): Promise<string> {
  try {
    await openStores(url, options)
  } catch (error) {
    assert.ok(error instanceof UserError, String(error))
    return error.message
  }
  throw new Error('it opened')
}

describe('openStores', () => {
  const wrong: readonly (readonly [url: string, says: RegExp])[] = [
    ['sqllite:/x', /unknown kind of store "sqllite" \(did you mean sqlite:\?\)/],
    ['/var/lib/x.db', /unknown kind of store/],
    ['sqlite:', /needs the path of a file/],
  ]
  for (const [url, says] of wrong) {
    it(`refuses ${url} with the way out`, async () => assert.match(await complaint(url), says))
  }

  it('keeps what was committed, in files that only the owner may read', async () => {
    await using folder = await tempFolder()
    const path = join(folder.path, 'deep', 'state.db')
    {
      await using stores = await openStores(`sqlite:${path}`, options)
      await stores.queue.add([anEntry('A')])
      await stores.greylist.touch('k', epoch)
    }
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    await using again = await openStores(`sqlite:${path}`, options)
    assert.deepEqual(await again.queue.get('A' as QueueId), anEntry('A'))
    assert.equal((await again.greylist.touch('k', epoch)).passes, 1)
  })

  it('refuses a file that is no database, a foreign one and one from the future', async () => {
    await using folder = await tempFolder()
    const path = (name: string) => join(folder.path, name)
    await writeFile(path('text'), 'this is not a database, only a text that is long enough'.repeat(20))
    assert.match(await complaint(`sqlite:${path('text')}`), /text: the database is damaged: .*restore a backup/)
    const foreign = new Sqlite(path('foreign'))
    foreign.exec('CREATE TABLE songs (title TEXT)')
    foreign.close()
    assert.match(await complaint(`sqlite:${path('foreign')}`), /belongs to another program/)
    {
      await using stores = await openStores(`sqlite:${path('new')}`, options)
      await stores.queue.depth()
    }
    const future = new Sqlite(path('new'))
    future.pragma('user_version = 99')
    future.close()
    assert.match(
      await complaint(`sqlite:${path('new')}`),
      /has format 99, this program knows up to \d+ \(use the newer/,
    )
  })

  it('replaces a damaged greylist and keeps the damaged file', async () => {
    await using folder = await tempFolder()
    const path = join(folder.path, 'state.db')
    await writeFile(`${path}.losable`, 'x'.repeat(5_000))
    await using stores = await openStores(`sqlite:${path}`, options)
    assert.equal((await stores.greylist.touch('k', epoch)).passes, 0)
    assert.ok((await readdir(folder.path)).includes('state.db.losable.damaged'))
  })

  it('fails one bad call and commits the others of its group', async () => {
    await using folder = await tempFolder()
    await using stores = await openStores(`sqlite:${join(folder.path, 'state.db')}`, options)
    const bad = { ...anEntry('B'), sizeBytes: 'many' as unknown as number }
    const results = await Promise.allSettled([
      stores.queue.add([anEntry('A')]),
      stores.queue.add([anEntry('B1'), bad]),
      stores.queue.add([anEntry('C')]),
    ])
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(
      (await stores.queue.list(9)).map((entry) => entry.id),
      ['A', 'C'],
    )
  })
})
