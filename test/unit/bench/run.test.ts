// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { Figures } from '../../../bench/report.ts'

const program = join(import.meta.dirname, '../../../bench/run.ts')

describe('npm run bench', () => {
  it('starts a gateway, delivers every message to a Maildir, and says what it cost', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-test-'))
    try {
      for (let i = 0; i < 8; i++)
        await writeFile(
          join(folder, `${i}.eml`),
          `From: a@sender.example\nSubject: ${i}\n\n.a line that begins with a dot\n`,
        )
      const options = [
        '--rounds',
        '1',
        '--repeat',
        '2',
        '--warm-up',
        '3',
        '--connections',
        '4',
        '--per-connection',
        '3',
      ]
      const { stdout } = await promisify(execFile)(process.execPath, [program, '--dir', folder, ...options, '--json'])
      const { servers }: { servers: readonly Figures[] } = JSON.parse(stdout)
      const [postern] = servers
      assert.equal(servers.length, 1)
      assert.deepEqual(postern?.codes, { 250: 16 })
      assert.equal(postern?.arrived, 16)
      assert.equal(typeof postern?.cpuSecondsPer1000, 'number')
      assert.ok((postern?.memoryMiB ?? 0) > 0)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('says in one line what is wrong with its options', async () => {
    const failure: unknown = await promisify(execFile)(process.execPath, [
      program,
      '--dir',
      '/nonexistent-folder',
    ]).catch((error: unknown) => error)
    assert.ok(failure instanceof Error && 'stderr' in failure && 'code' in failure)
    assert.match(String(failure.stderr), /^bench: ENOENT.*\n$/)
    assert.equal(failure.code, 64)
  })
})
