// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EpochMs } from '../../../src/core/brand.ts'
import type { Logger } from '../../../src/core/ports.ts'
import { createLogger } from '../../../src/log/logger.ts'

const time = '2026-01-02T03:04:05.006Z'

function written(format: 'text' | 'json', say: (log: Logger) => void): string[] {
  const lines: string[] = []
  const clock = { now: () => Date.parse(time) as EpochMs, sleep: () => Promise.resolve() }
  say(createLogger({ level: 'info', format, write: (line) => lines.push(line), clock }))
  return lines
}

describe('the log', () => {
  const talk = (log: Logger) => {
    log.debug('not.told')
    log.info('a.b')
    const child = log.child({ session: 's1', password: 'x' })
    child.warn('c.d', { n: 1, is: true, none: null, list: ['a', 'b'], text: 'a "b" c', long: 'y'.repeat(501) })
  }

  it('has a line of words for people', () => {
    assert.deepEqual(written('text', talk), [
      `${time} info a.b\n`,
      `${time} warn c.d session=s1 password=[redacted] n=1 is=true none=null list=a,b text="a \\"b\\" c" long=${'y'.repeat(500)}…\n`,
    ])
  })

  it('has an object for programs', () => {
    const [first, second] = written('json', talk).map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual(first, { level: 'info', time, event: 'a.b' })
    assert.deepEqual([second?.['session'], second?.['password'], second?.['n']], ['s1', '[redacted]', 1])
  })

  it('puts the stack of an error below its line', () => {
    const error = new Error('no such thing')
    const say = (log: Logger) => log.error('e.f', error, { id: 'x' })
    assert.deepEqual(written('text', say), [`${time} error e.f id=x because="no such thing"\n${error.stack}\n`])
    assert.deepEqual(
      written('text', (log) => log.error('e.f', 'odd')),
      [`${time} error e.f because=odd\n`],
    )
  })

  it('does not let a value break its line', () => {
    assert.deepEqual(
      written('text', (log) => log.info('x', { a: 'b\nc=d', empty: '' })),
      [`${time} info x a="b\\nc=d" empty=""\n`],
    )
  })
})
