// SPDX-License-Identifier: Apache-2.0
/** Tables that others keep: SQLite databases, programs that answer over TCP, files that change. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { UserError } from '../../../src/core/failure.ts'
import { openTable } from '../../../src/tables/open.ts'
import type { Table } from '../../../src/tables/table.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { rememberingLog, silentMeter } from '../../support/silent.ts'

const dir = mkdtempSync(join(tmpdir(), 'tables-'))
after(() => rmSync(dir, { recursive: true }))
const place = { file: 'postern.toml', line: 7 }

function openers() {
  const clock = fakeClock()
  const log = rememberingLog()
  const options = { baseDir: dir, clock, log, meter: silentMeter, checkEveryMs: 1000 }
  return { clock, log, open: (spec: string): Promise<Table> => openTable(spec, options, place) }
}

async function answerOf(table: Table, key: string): Promise<string> {
  const answer = await table.find(key)
  return answer.kind === 'found' ? answer.value : answer.kind
}

async function complaintOf(spec: string): Promise<string> {
  try {
    await openers().open(spec)
    return 'nothing'
  } catch (error) {
    assert.ok(error instanceof UserError)
    return error.complaints.map(({ file, line, text }) => `${file}:${line}: ${text}`).join('\n')
  }
}

describe('sqlite tables', () => {
  const path = join(dir, 'people.db')
  const database = new DatabaseSync(path)
  database.exec(
    "CREATE TABLE people (name TEXT, domain TEXT, what TEXT); INSERT INTO people VALUES ('ann', 'example.org', 'OK')",
  )
  database.exec("INSERT INTO people VALUES ('bob', 'example.org', 'REJECT'), ('bob', 'example.org', 'HOLD')")
  const write = (name: string, text: string) => writeFileSync(join(dir, name), `dbpath = people.db\n${text}\n`)

  test('put the parts of a key into the query', async () => {
    write('by-parts.cf', "query = SELECT what FROM people WHERE name = '%u' AND domain = '%d'")
    const table = await openers().open('sqlite:by-parts.cf')
    assert.equal(await answerOf(table, 'ann@example.org'), 'OK')
    assert.equal(await answerOf(table, 'Ann@Example.ORG'), 'OK')
    assert.equal(await answerOf(table, 'eve@example.org'), 'missing')
    // No domain: then nothing is asked.
    assert.equal(await answerOf(table, 'ann'), 'missing')
    assert.equal(await answerOf(table, 'bob@example.org'), 'REJECT,HOLD')
  })

  test('see what their owner has written since', async () => {
    write('fresh.cf', "query = SELECT what FROM people WHERE name = '%s'")
    const table = await openers().open('sqlite:fresh.cf')
    assert.equal(await answerOf(table, 'new'), 'missing')
    database.exec("INSERT INTO people VALUES ('new', '', 'DUNNO')")
    assert.equal(await answerOf(table, 'new'), 'DUNNO')
  })

  test('take a key for a value and never for SQL', async () => {
    write('quoted.cf', "query = SELECT what FROM people WHERE name = '%s'")
    const table = await openers().open('sqlite:quoted.cf')
    assert.equal(await answerOf(table, "x' OR '1'='1"), 'missing')
    assert.equal(await answerOf(table, "ann'; DROP TABLE people; --"), 'missing')
    assert.equal(await answerOf(table, 'ann'), 'OK')
  })

  test('keep to their domains, their form and their limit', async () => {
    write(
      'bounded.cf',
      "query = SELECT what FROM people WHERE name = '%u'\ndomain = example.org\nresult_format = <%s>\nexpansion_limit = 1",
    )
    const table = await openers().open('sqlite:bounded.cf')
    assert.equal(await answerOf(table, 'ann@example.org'), '<OK>')
    assert.equal(await answerOf(table, 'ann@other.example'), 'missing')
    assert.equal(await answerOf(table, 'bob@example.org'), 'failed')
  })

  test('are complained about where they are named, or at their own line', async () => {
    write('wrong.cf', 'query = SELECT x FROM nowhere')
    assert.match(await complaintOf('sqlite:wrong.cf'), /^postern\.toml:7: .*wrong\.cf: .*no such table/)
    write('odd.cf', "query = SELECT what FROM people WHERE name = '%s'\nhosts = localhost")
    assert.match(await complaintOf('sqlite:odd.cf'), /odd\.cf:3: "hosts = localhost" is no setting/)
  })
})

describe('tcp tables', () => {
  test('ask, decode, and tell "no" from trouble', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        for (const line of chunk.toString().trim().split('\n')) {
          if (line === 'get a%20b') socket.write('200 REJECT%20with%20spaces\n')
          else if (line === 'get trouble') socket.write('400 not%20now\n')
          else if (line === 'get hang') socket.destroy()
          else socket.write('500 not here\n')
        }
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const bound = server.address()
    const table = await openers().open(`tcp:127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`)
    assert.equal(await answerOf(table, 'a b'), 'REJECT with spaces')
    assert.equal(await answerOf(table, 'other'), 'missing')
    assert.equal(await answerOf(table, 'trouble'), 'failed')
    assert.equal(await answerOf(table, 'hang'), 'failed')
    assert.deepEqual(await Promise.all(['a b', 'other', 'a b'].map((key) => answerOf(table, key))), [
      'REJECT with spaces',
      'missing',
      'REJECT with spaces',
    ])
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  test('need an address', async () => {
    assert.match(await complaintOf('tcp:somewhere'), /^postern\.toml:7: .*is no address/)
  })
})

describe('a file that changes', () => {
  test('is read again; a broken new version leaves the old one in force and says so', async () => {
    const file = join(dir, 'networks')
    writeFileSync(file, '192.0.2.0/24 REJECT\n')
    const { clock, log, open } = openers()
    const table = await open('cidr:networks')
    const kept = (): number => log.events.filter(({ event }) => event === 'tables.old_version_kept').length
    /** Lookups go on, and time goes by, until the file has been looked at. */
    const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
      for (const deadline = Date.now() + 10_000; !(await isSo()); ) {
        assert.ok(Date.now() < deadline, 'the file was not looked at')
        clock.advance(1001)
        await answerOf(table, '192.0.2.1')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    const says = async (value: string): Promise<boolean> => (await answerOf(table, '192.0.2.1')) === value
    assert.ok(await says('REJECT'))
    writeFileSync(file, '192.0.2.0/24 DEFER changed\n')
    await until(() => says('DEFER changed'))
    writeFileSync(file, '192.0.2.0/99 OK this is no network\n')
    await until(() => kept() === 1)
    assert.ok(await says('DEFER changed'))
    rmSync(file)
    await until(() => kept() === 2)
    assert.ok(await says('DEFER changed'))
    writeFileSync(file, '192.0.2.0/24 HOLD and here again\n')
    await until(() => says('HOLD and here again'))
  })
})
