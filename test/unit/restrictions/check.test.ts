// SPDX-License-Identifier: Apache-2.0
/** What `postern check` says about lists that cannot be meant, and that the gateway does not start with them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { postern } from '../../support/cli.ts'

const dir = mkdtempSync(join(tmpdir(), 'check-'))
after(() => rmSync(dir, { recursive: true }))

/** Lines 1–8 are the same in every config; the lists begin at line 9. */
const head = `hostname = "gw.example.org"
data_dir = "data"
[[listeners]]
role = "mx"
address = "127.0.0.1:0"
tls = "none"
[domains."example.org"]
[restrictions]
`

interface Wrong {
  readonly title: string
  readonly lists: string
  readonly line: number
  readonly says: RegExp
}

const openRelay = /open relay/

const wrong: readonly Wrong[] = [
  {
    title: 'an unknown restriction is named, with the nearest right one',
    lists: 'relay = ["reject_unauth_destination"]\nsender = ["reject_unknown_sender_domane"]',
    line: 10,
    says: /"reject_unknown_sender_domane" is not a restriction.*reject_unknown_sender_domain/s,
  },
  {
    title: 'a restriction on a line of its own has that line',
    lists: 'relay = [\n  "permit_mynetworks",\n  "reject_unauth_destinations",\n  "reject_unauth_destination",\n]',
    line: 11,
    says: /reject_unauth_destinations/,
  },
  {
    title: 'an argument that is missing',
    lists: 'relay = ["reject_unauth_destination"]\nclient = ["reject_rbl_client"]',
    line: 10,
    says: /needs an argument/,
  },
  {
    title: 'a type of table that nobody has',
    lists: 'relay = ["reject_unauth_destination"]\nclient = ["check_client_access hasj:access"]',
    line: 10,
    says: /"hasj:access" is not a table.*hash/s,
  },
  {
    title: 'a policy service without an address',
    lists: 'relay = ["reject_unauth_destination"]\nrecipient = ["check_policy_service inet:postgrey"]',
    line: 10,
    says: /not the address of a policy service/,
  },
  {
    title: 'a rate that is none',
    lists: 'relay = ["reject_unauth_destination"]\nrecipient = ["rate_limit client=many"]',
    line: 10,
    says: /is not a rate/,
  },
  {
    title: 'a symbol with two prices',
    lists:
      'relay = ["reject_unauth_destination"]\nsender = ["score 2 BAD reject_non_fqdn_sender",\n"score 3 BAD reject"]',
    line: 11,
    says: /BAD is worth 2 points/,
  },
  { title: 'a relay list that permits everybody', lists: 'relay = ["permit"]', line: 9, says: openRelay },
  {
    title: 'a list without a guard',
    lists: 'relay = ["permit_mynetworks"]\nrecipient = ["reject_rbl_client rbl.example"]',
    line: 9,
    says: openRelay,
  },
  {
    title: 'a guard after the door has been opened',
    lists: 'relay = ["permit_mynetworks", "check_client_access static:OK", "reject_unauth_destination"]',
    line: 9,
    says: openRelay,
  },
  {
    title: 'a guard that only warns',
    lists: 'relay = [\n"permit_mynetworks",\n"warn_if_reject reject_unauth_destination"]',
    line: 10,
    says: openRelay,
  },
  {
    title: 'a guard that only scores',
    lists: 'relay = ["score 5 RELAYING reject_unauth_destination"]',
    line: 9,
    says: openRelay,
  },
  {
    title: 'an open door inside a class',
    lists: 'relay = ["anybody", "reject_unauth_destination"]\n[restrictions.classes]\nanybody = ["permit"]',
    line: 11,
    says: openRelay,
  },
]

function write(lists: string): string {
  const file = join(dir, 'postern.toml')
  writeFileSync(file, `${head}${lists}\n`)
  return file
}

describe('postern check', () => {
  for (const { title, lists, line, says } of wrong) {
    test(`tells with file and line: ${title}`, async () => {
      const file = write(lists)
      const { exitCode: code, err } = await postern('check', '--config', file)
      assert.equal(code, 78)
      assert.ok(err.includes(`${file}:${line}:`), err)
      assert.match(err, says)
    })
  }

  test('tells where a table that is missing was looked for', async () => {
    const file = write('relay = ["reject_unauth_destination"]\nclient = ["check_client_access hash:access/clients"]')
    const { exitCode: code, err } = await postern('check', '--config', file)
    assert.equal(code, 78)
    assert.ok(err.includes(join(dir, 'access/clients')), err)
    assert.ok(err.includes(`${file}:10`), err)
  })

  test('tells the line of a table that cannot be read', async () => {
    writeFileSync(join(dir, 'networks'), '192.0.2.0/24 REJECT\n192.0.2.0/44 REJECT\n')
    const file = write('relay = ["reject_unauth_destination"]\nclient = ["check_client_access cidr:networks"]')
    const { exitCode: code, err } = await postern('check', '--config', file)
    assert.equal(code, 78)
    assert.ok(err.includes(`${join(dir, 'networks')}:2:`), err)
  })

  test('is content with lists that guard', async () => {
    const file = write(
      'relay = ["permit_mynetworks", "permit_mx_backup", "reject_unauth_destination"]\nrecipient = ["greylist"]',
    )
    const { exitCode: code, err } = await postern('check', '--config', file)
    assert.equal(code, 0, err)
  })
})

describe('postern serve', () => {
  for (const { title, lists, line, says } of wrong.filter((one) => one.says === openRelay)) {
    test(`does not start an open relay: ${title}`, { timeout: 20_000 }, async () => {
      const file = write(lists)
      const { exitCode: code, err } = await postern('serve', '--config', file)
      assert.equal(code, 78)
      assert.ok(err.includes(`${file}:${line}:`), err)
      assert.match(err, says)
    })
  }
})
