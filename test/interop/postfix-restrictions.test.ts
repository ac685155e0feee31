// SPDX-License-Identifier: Apache-2.0
/**
 * The restriction lists against a real Postfix: the same configuration, the same DNS, the same dialogues; code and
 * enhanced code of every step must agree. What differs on purpose stands in docs/postfix-differences.ts, and nothing else
 * may differ. POSTFIX_CASES=text plays only the cases whose names hold it.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { differences } from '../../docs/postfix-differences.ts'
import type { Result } from '../support/postfix-versus.ts'

const namespace = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', '--propagation', 'private']

/** null: it can run here. */
function obstacle(): string | null {
  if (process.platform !== 'linux') return 'namespaces are a thing of Linux'
  if (process.getuid?.() !== 0) return 'Postfix must be started by root'
  if (spawnSync('postfix', ['-h']).error !== undefined) return 'Postfix is not installed'
  if (spawnSync('ip', ['-V']).error !== undefined) return 'the program ip is not installed'
  const tried = spawnSync('unshare', [...namespace, 'true'])
  return tried.status === 0 ? null : 'namespaces may not be made here'
}

interface Disagreement {
  readonly result: Result
  readonly step: string
  readonly postfix: string
  readonly postern: string
  /** Both texts, for whoever reads the failure. */
  readonly texts: string
}

function compare(result: Result): Disagreement | null {
  const { postfix, postern } = result
  for (let i = 0; i < Math.max(postfix.length, postern.length); i++) {
    const [theirs, ours] = [postfix[i], postern[i]]
    if (theirs?.answer === ours?.answer) continue
    return {
      result,
      step: theirs?.step ?? ours?.step ?? '',
      postfix: theirs?.answer ?? 'nothing',
      postern: ours?.answer ?? 'nothing',
      texts: `${theirs?.text} | ${ours?.text}`,
    }
  }
  return null
}

/** Which difference on purpose a disagreement is; null: none of them. */
function purposeOf({ result, step, postfix, postern, texts }: Disagreement): string | null {
  const { sender, recipients } = result.dialogue
  if (step === 'MAIL' && postern === '501 5.1.7' && sender !== '' && !sender.includes('@')) return 'bare-sender'
  if (step === 'MAIL' && postern === '501 5.1.7' && /^".*@.*"@/.test(sender)) return 'quoted-at'
  if (step.startsWith('RCPT "') && postern === '501 5.1.3' && /^".*@.*"@/.test(recipients[0] ?? '')) return 'quoted-at'
  if (step.startsWith('RCPT') && postern.startsWith('250') && postfix === '554 5.7.1') {
    if (texts.includes('blocked using lying.example')) return 'lying-list'
    if (texts.includes('blocked using overworked.example')) return 'refused-question'
  }
  if (step === 'ETRN' && postfix === '459' && postern === '459 4.7.0') return 'etrn-code'
  return null
}

function tell({ result, step, postfix, postern, texts }: Disagreement): string {
  const { client, verb, helo, sender, recipients } = result.dialogue
  const said = `${client}: ${verb} ${helo}, <${sender}>, ${recipients.join(' ')}`
  return `${result.case}: ${said}: at ${step} Postfix says ${postfix}, Postern ${postern} (${texts})`
}

const because = obstacle()

describe('the restriction lists and a real Postfix', { skip: because ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'postfix-versus-'))
  chmodSync(folder, 0o755)

  test('agree on every reply, but for what differs on purpose', (t) => {
    const pattern = process.env['POSTFIX_CASES'] ?? ''
    const program = join(import.meta.dirname, '../support/postfix-versus.ts')
    const run = spawnSync('unshare', [...namespace, '--', process.execPath, program, folder, pattern], {
      encoding: 'utf8',
      timeout: 240_000,
    })
    try {
      assert.equal(run.status, 0, run.stderr)
      const read = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'))
      const { results, ms } = read as { results: Result[]; ms: number }
      const found = results.map(compare).filter((one) => one !== null)
      const met = new Map<string, number>()
      const unexplained: string[] = []
      for (const disagreement of found) {
        const purpose = purposeOf(disagreement)
        if (purpose === null) unexplained.push(tell(disagreement))
        else met.set(purpose, (met.get(purpose) ?? 0) + 1)
      }
      const steps = results.reduce((sum, { postfix }) => sum + postfix.length, 0)
      const cases = new Set(results.map((result) => result.case)).size
      t.diagnostic(
        `${results.length} dialogues of ${cases} configurations, ${steps} steps, in ${Math.round(ms / 1000)} s; ` +
          `different on purpose: ${[...met].map(([id, count]) => `${id} ${count}`).join(', ') || 'nothing'}`,
      )
      assert.deepEqual(unexplained, [])
      if (pattern !== '') return
      assert.ok(results.length >= 400, `${results.length} dialogues`)
      const promised = differences.filter(({ isMet }) => isMet).map(({ id }) => id)
      assert.deepEqual([...met.keys()].sort(), promised.sort(), 'differences that are told and met')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
