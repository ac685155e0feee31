// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { splitCommand } from '../../../src/delivery/pipe.ts'
import { parseAliases, parseInclude } from '../../../src/queue/aliases.ts'
import { parseTransport } from '../../../src/queue/transport.ts'

function read(text: string, programs = true): Record<string, string[]> {
  const found = parseAliases(text, 'aliases', programs)
  assert.ok(found.kind === 'ok', JSON.stringify(found))
  return Object.fromEntries(
    [...found.value].map(([name, targets]) => [name, targets.map((t) => Object.values(t).join(' '))]),
  )
}

function complaints(text: string, programs = true): string[] {
  const found = parseAliases(text, 'aliases', programs)
  return found.kind === 'ok' ? [] : found.complaints.map(({ line, text: what }) => `${line} ${what}`)
}

describe('a file of aliases', () => {
  it('names addresses, lists and programs, over several lines', () => {
    const text = [
      '# who reads what',
      'Postmaster: root, "Odd Name"@example.org',
      'root: alice,',
      '  bob@example.net',
      '"two words": carol',
      'list: :include:/etc/lists/all, dave',
      'tickets: "|/usr/bin/tickets --queue \\"help desk\\"", |/bin/other',
      'me: \\me, copy@example.net',
    ].join('\n')
    assert.deepEqual(read(text), {
      postmaster: ['address root', 'address "Odd Name"@example.org'],
      root: ['address alice', 'address bob@example.net'],
      'two words': ['address carol'],
      list: ['include /etc/lists/all', 'address dave'],
      tickets: ['program /usr/bin/tickets --queue "help desk"', 'program /bin/other'],
      me: ['address me', 'address copy@example.net'],
    })
  })

  it('is complained about line by line', () => {
    assert.deepEqual(complaints('a b\nx:\ny: "open\nz: /var/mail/z\nx: again'), [
      '1 "a b" is no alias',
      '2 the alias has no target',
      '3 a quote is left open',
      '4 "/var/mail/z" is a file',
      '5 the alias "x" is there already',
    ])
  })

  it('may name programs only where they are allowed, and included lists never', () => {
    assert.deepEqual(complaints('x: |/bin/true', false), ['1 "|/bin/true" names a program'])
    const list = parseInclude('a@example.net\n# b\nc@example.net, d\n', 'list')
    assert.deepEqual(list.kind === 'ok' && list.value.map((target) => target.kind === 'address' && target.text), [
      'a@example.net',
      'c@example.net',
      'd',
    ])
    assert.equal(parseInclude('|/bin/true\n', 'list').kind, 'bad')
  })

  it('may hold anything, and never throws', () => {
    const word = fc.constantFrom(
      'a',
      ':',
      ',',
      '"',
      '\\',
      '|',
      '\n',
      ' ',
      ':include:',
      '/',
      '@',
      '#',
      '{',
      '\u0000',
      '\u00fc',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const text = words.join('')
        parseAliases(text, 'aliases', true)
        parseInclude(text, 'list')
        splitCommand(text)
        parseTransport(text, 'example.org')
        parseTransport(`smtp:${text}`, 'example.org')
      }),
    )
  })
})
