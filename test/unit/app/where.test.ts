// SPDX-License-Identifier: Apache-2.0
/** Routes, aliases and their complaints, from a config file to the command line. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { postern } from '../../support/cli.ts'
import { tempFolder } from '../../support/custody.ts'

const config = `
hostname = "gw.example.org"
data_dir = "data"
[[listeners]]
address = "127.0.0.1:2525"
[domains."example.org"]
catch_all = "all@relay.example"
[domains."relay.example"]
deliver = "smtp://192.0.2.1:2525"
recipients = "any"
[routes]
".lan.example" = "lmtp:///run/lmtp"
[submission]
relayhost = "smtp://relay.example.net:587"
[delivery]
pipe = true
transport_maps = ["texthash:transport"]
[rewriting]
aliases = ["aliases"]
virtual_maps = ["inline:{{sales@relay.example = a@relay.example b@away.example}}"]
srs_domain = "srs.example.org"
`
const files = {
  transport: 'special.example  smtp:[192.0.2.9]\n',
  aliases: 'root: |/bin/archive, :include:members\nloop: loop2\nloop2: loop\n',
  members: 'one@x.lan.example\n',
}

async function house(more: Partial<typeof files> = {}, text = config) {
  const folder = await tempFolder()
  const file = join(folder.path, 'postern.toml')
  await writeFile(file, text)
  for (const [name, content] of Object.entries({ ...files, ...more })) await writeFile(join(folder.path, name), content)
  return {
    route: async (address: string, ...words: string[]) => {
      const { out, err, exitCode } = await postern('route', address, '--json', '--config', file, ...words)
      const found = out.split('\n').filter((line) => line !== '')
      return exitCode === 0 ? found.map((line) => JSON.parse(line) as Record<string, string>) : out + err
    },
    check: () => postern('check', '--config', file),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

describe('postern route', () => {
  it('follows an address through tables, aliases and routes', async () => {
    await using ours = await house()
    const to = async (address: string, ...words: string[]) => {
      const found = await ours.route(address, ...words)
      return typeof found === 'string'
        ? found
        : found.map((one) => `${one['recipient']} ${one['route']} ${one['mode']}`)
    }
    assert.deepEqual(await to('u@relay.example'), ['u@relay.example smtp://192.0.2.1:2525 inline'])
    assert.deepEqual(await to('nobody@example.org'), ['all@relay.example smtp://192.0.2.1:2525 inline'])
    assert.deepEqual(await to('x@special.example'), ['x@special.example smtp://192.0.2.9:25 queue'])
    assert.deepEqual(await to('x@any.example'), ['x@any.example smtp://relay.example.net:587 queue'])
    assert.deepEqual(await to('root@example.org'), [
      'root@example.org pipe:/bin/archive queue',
      'one@x.lan.example lmtp:///run/lmtp queue',
    ])
    const sales = await ours.route('sales@relay.example', '--sender', 's@stranger.example')
    assert.ok(typeof sales !== 'string')
    assert.deepEqual(sales[0]?.['sender'], '<s@stranger.example>')
    assert.match(sales[1]?.['sender'] ?? '', /^<SRS0=.*=stranger\.example=s@srs\.example\.org>$/)
    assert.match(
      String(await to('loop@example.org')),
      /554 5\.4\.6 .*loop@example\.org → loop2@example\.org → loop@example\.org/,
    )
  })
})

describe('postern check', () => {
  it('names what is wrong with routes, aliases and credentials, each with its place', async () => {
    const text = config
      .replace('pipe = true', 'fallback_relay = ["smtp:/x"]\ncredentials = ["hash:none"]\ntls_ca = "none.pem"')
      .replace('catch_all = "all@relay.example"', 'catch_all = "nobody"')
      .replace('"lmtp:///run/lmtp"', '"lmtp:run"')
      .replace('"srs.example.org"', '"srs example"')
      .replace('relay.example.net:587', 'localhost:2525')
    await using ours = await house({}, text)
    const { exitCode, out, err } = await ours.check()
    assert.equal(exitCode, 78)
    for (const complaint of [
      /postern\.toml:7: .*catch_all "nobody" is no address/,
      /postern\.toml:12: .*"lmtp:run" is no route/,
      /postern\.toml:14: submission\.relayhost .* is a listener of our own/,
      /"smtp:\/x" is no route to another host/,
      /none: there is no such file/,
      /delivery\.tls_ca: .*none\.pem/,
      /aliases:1: "\|\/bin\/archive" names a program/,
      /srs_domain "srs example" is not a domain name/,
    ])
      assert.match(out + err, complaint)
  })
})
