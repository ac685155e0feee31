// SPDX-License-Identifier: Apache-2.0
/**
 * Configurations as they are found in the wild: each is imported, is what postern.toml beside it says (reviewed as text;
 * UPDATE_GOLDEN=1 writes it anew), and passes `postern check`. Where Postfix is installed, every parameter that an import
 * looks at is expanded as postconf(1) does it.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { checkAll } from '../../src/app/check.ts'
import { postfixDefaults } from '../../src/import/defaults.ts'
import { readMainCf } from '../../src/import/main-cf.ts'
import { readMasterCf } from '../../src/import/master-cf.ts'
import { Parameters } from '../../src/import/parameters.ts'
import { type Imported, importPostfix } from '../../src/import/postfix.ts'

const root = join(import.meta.dirname, 'import')
const folders = readdirSync(root)
const hostname = 'host.example.org'
const read = (path: string) => readFileSync(path, 'utf8')

function importFolder(directory: string): Imported {
  return importPostfix({
    mainCf: read(join(directory, 'main.cf')),
    masterCf: existsSync(join(directory, 'master.cf')) ? read(join(directory, 'master.cf')) : null,
    ...{ mainFile: 'main.cf', masterFile: 'master.cf', directory, hostname, dataDir: '/var/lib/postern' },
  })
}

/** Without what another folder would change: its name, and where lines of comment are broken. */
function portable(toml: string, directory: string): string {
  return toml.replace(/\n *# {3}/g, ' ').replaceAll(directory, 'DIRECTORY')
}

describe('a configuration of Postfix', () => {
  for (const name of folders) {
    const directory = join(root, name)
    it(`${name} becomes the postern.toml beside it`, () => {
      const file = join(directory, 'postern.toml')
      const toml = portable(importFolder(directory).toml, directory)
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, toml)
      assert.equal(toml, read(file))
    })

    it(`${name} passes check`, async () =>
      assert.deepEqual(await checkAll(importFolder(directory).toml, join(directory, 'postern.toml')), []))
  }
})

describe('the configuration that Debian installs', () => {
  const debian = '/etc/postfix'
  const skip = existsSync(join(debian, 'main.cf')) ? false : 'there is no /etc/postfix/main.cf on this machine'
  it('is imported and passes check', { skip }, async () => {
    const data = mkdtempSync(join(tmpdir(), 'postern-import-'))
    try {
      const { toml } = importFolder(debian)
      assert.deepEqual(await checkAll(toml.replace('/var/lib/postern', data), join(data, 'postern.toml')), [])
    } finally {
      rmSync(data, { recursive: true })
    }
  })
})

/** "name = value" lines of postconf, one space for each run of white space. */
function postconf(directory: string, ...args: readonly string[]): ReadonlyMap<string, string> {
  const out = execFileSync('postconf', ['-c', directory, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return new Map(
    out.split('\n').flatMap((line): [string, string][] => {
      const [, name, value] = /^(\S+) =\s?(.*)$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, squeeze(value)]]
    }),
  )
}

const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim()

/** Parameters whose value is of the machine or of the package, when main.cf does not set them; and why. */
const ofMachine = new Set([
  'alias_maps', // the package chooses the type of table, and whether there is NIS
  'mynetworks', // the addresses of the machine
  'config_directory', // ours is the folder that was named
  'myhostname', // the name of the machine
  'mydomain',
  'default_database_type',
])

describe('an expanded parameter', () => {
  const skip = hasPostconf() ? false : 'postconf(1) is not installed'
  for (const name of folders) {
    const directory = join(root, name)
    it(`of ${name} is what postconf says`, { skip }, () => {
      const main = readMainCf(read(join(directory, 'main.cf')), 'main.cf')
      const known = postconf(directory, '-x')
      const parameters = new Parameters(main, 'main.cf', { hostname, directory })
      const asked = [...importFolder(directory).parameters].filter(
        (each) => known.has(each) && (main.has(each) || (Object.hasOwn(postfixDefaults, each) && !ofMachine.has(each))),
      )
      assert.ok(asked.length > 60, `${asked.length} parameters are compared`)
      const ours = asked.map((each) => [
        each,
        squeeze(laterExpanded.has(each) ? parameters.raw(each) : parameters.value(each)),
      ])
      assert.deepEqual(
        ours,
        asked.map((each) => [each, known.get(each)]),
      )
    })

    it(`of a service of ${name} is what postconf says`, { skip }, () => {
      const known = postconf(directory, '-P', '-x')
      const main = readMainCf(read(join(directory, 'main.cf')), 'main.cf')
      const base = new Parameters(main, 'main.cf', { hostname, directory })
      const ours = readMasterCf(read(join(directory, 'master.cf')), 'master.cf').flatMap((service) =>
        [...service.overrides.keys()].map((parameter): [string, string] => [
          `${service.name}/${service.type}/${parameter}`,
          squeeze(base.of(service.overrides).value(parameter)),
        ]),
      )
      const comparable = ours.filter(([, value]) => !value.startsWith('postfix/'))
      assert.deepEqual(
        comparable,
        comparable.map(([parameter]) => [parameter, known.get(parameter)]),
      )
    })
  }
})

/** Values that Postfix expands only when it writes a reply. */
const laterExpanded = new Set(['default_rbl_reply', 'smtpd_reject_footer'])

function hasPostconf(): boolean {
  try {
    execFileSync('postconf', ['-d', 'mail_version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
