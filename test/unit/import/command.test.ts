// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { run } from '../../../src/cli/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-import-'))
after(() => rmSync(folder, { recursive: true }))

const main = join(folder, 'main.cf')
writeFileSync(
  main,
  'compatibility_level = 3.6\nmyhostname = mx.example.org\nmydestination =\nmynetworks = 127.0.0.0/8\nzebra = 1\nsmtp_tls_security_level = may\ninet_interfaces = [::1]\n',
)
writeFileSync(join(folder, 'master.cf'), '2525 inet n - y - - smtpd\n')

async function postern(...argv: readonly string[]) {
  let out = ''
  let err = ''
  const io = {
    out: (text: string) => {
      out += text
    },
    err: (text: string) => {
      err += text
    },
    isTerminal: false,
    input: (async function* () {})(),
  }
  return { code: await run(argv, io), out, err }
}

describe('postern import postfix', () => {
  it('prints postern.toml, and on standard error what was not carried over', async () => {
    const { code, out, err } = await postern('import', 'postfix', main)
    assert.equal(code, 0)
    assert.match(out, /^hostname = "mx\.example\.org"/m)
    assert.equal(err, `${main}:5: not carried over: zebra = 1: Postern has no such setting\n`)
  })

  it('finds master.cf beside main.cf, also where the folder is named', async () =>
    assert.match((await postern('import', 'postfix', folder)).out, /^address = "\[::1\]:2525"$/m))

  it('writes a file, and no file that is there', async () => {
    const file = join(folder, 'postern.toml')
    assert.equal((await postern('import', 'postfix', main, '-o', file)).code, 0)
    assert.match(readFileSync(file, 'utf8'), /^hostname = /m)
    const again = await postern('import', 'postfix', main, '-o', file)
    assert.deepEqual([again.code, again.err], [73, `${file}: cannot be written: it is there already\n`])
  })

  it('speaks JSON, one object a line', async () => {
    const { out } = await postern('import', 'postfix', main, '--json')
    const lines = out.trimEnd().split('\n')
    const [first, second] = lines.map((line): Record<string, unknown> => JSON.parse(line))
    assert.equal(typeof first?.['toml'], 'string')
    assert.deepEqual([second?.['kind'], second?.['line'], lines.length], ['dropped', 5, 2])
  })

  it('says what `postern check` will complain about', async () => {
    const other = join(folder, 'other')
    mkdirSync(other)
    writeFileSync(
      join(other, 'main.cf'),
      `${readFileSync(main, 'utf8')}smtpd_sender_restrictions = check_sender_access hash:/nowhere/access\n`,
    )
    const { err } = await postern('import', 'postfix', other)
    assert.match(err, /^postern\.toml:\d+: \/nowhere\/access: there is no such file$/m)
  })

  const failures: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['a file that is not there', [join(folder, 'none.cf')], 66, /none\.cf: cannot be read: ENOENT\n$/],
    ['a master.cf that is not there', [main, join(folder, 'none.cf')], 66, /none\.cf: cannot be read: ENOENT\n$/],
    ['no file at all', [], 64, /missing required argument/],
  ]
  for (const [title, args, code, expected] of failures)
    it(`fails with one line and exit code ${code} for ${title}`, async () => {
      const result = await postern('import', 'postfix', ...args)
      assert.equal(result.code, code)
      assert.match(result.err, expected)
    })
})
