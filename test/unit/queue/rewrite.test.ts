// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { printAddress } from '../../../src/core/address.ts'
import type { Domain } from '../../../src/core/brand.ts'
import { Failure } from '../../../src/core/failure.ts'
import { parseAliases } from '../../../src/queue/aliases.ts'
import { type RewriteOptions, Rewriter } from '../../../src/queue/rewrite.ts'
import { Srs } from '../../../src/queue/srs.ts'
import type { Table } from '../../../src/tables/table.ts'
import { keyedTable, parseInline } from '../../../src/tables/text-table.ts'
import { address, anEnvelope, aRecipient, epoch, LineLog, noMeter } from '../../support/custody.ts'

function table(entries: Readonly<Record<string, string>>): Table {
  const written = Object.entries(entries).map(([key, value]) => `{${key} = ${value}}`)
  const read = parseInline(`{${written.join(', ')}}`, 'test')
  assert.ok(typeof read !== 'string', String(read))
  return keyedTable('test', () => read)
}

const broken: Table = { spec: 'broken', wholeKeysOnly: false, find: () => ({ kind: 'failed', because: 'down' }) }

interface House extends Partial<RewriteOptions> {
  readonly aliasFile?: string
  readonly virtualTable?: Readonly<Record<string, string>>
}

function aRewriter({ aliasFile = '', virtualTable = {}, ...more }: House = {}): Rewriter {
  const aliases = parseAliases(aliasFile, 'aliases', true)
  assert.ok(aliases.kind === 'ok')
  const isOurs = (domain: string) => ['example.org', 'relay.example', 'srs.example.org', ''].includes(domain)
  return new Rewriter({
    delimiter: '+',
    virtual: [table(virtualTable)],
    senderCanonical: [],
    recipientCanonical: [],
    alias: (name) => aliases.value.get(name) ?? null,
    include: async () => [{ kind: 'address', text: 'member@example.net' }],
    isOurs: ({ domain }) => isOurs(domain),
    addressClass: ({ domain }) => (domain === 'example.org' ? 'local' : isOurs(domain) ? 'relay' : 'remote'),
    catchAll: () => null,
    exists: async () => false,
    srs: new Srs({
      domain: 'srs.example.org' as Domain,
      secrets: [Buffer.from('secret')],
      lifetimeMs: 86_400_000,
      now: () => epoch,
    }),
    limit: 20,
    log: new LineLog(),
    meter: noMeter,
    ...more,
  })
}

/** "address" or "address |command", and "<reverse-path>" where it differs from the envelope's. */
async function carried(house: House, to: string, from = 'sender@example.net'): Promise<string[]> {
  const envelope = anEnvelope({ reversePath: from === '' ? null : address(from), recipients: [aRecipient(to)] })
  const { recipients } = await aRewriter(house).envelope(envelope)
  return recipients.map(({ address: target, command, reversePath }) =>
    [
      printAddress(target),
      ...(command === undefined ? [] : [`|${command}`]),
      ...(reversePath === undefined
        ? []
        : [`<${printAddress(reversePath).replace(/=[A-Z2-7]{6}=[A-Z2-7]{2}=/, '=')}>`]),
    ].join(' '),
  )
}

async function refusal(house: House, to: string): Promise<string> {
  try {
    return (await carried(house, to)).join()
  } catch (error) {
    assert.ok(error instanceof Failure)
    return `${error.reply.code} ${error.reply.enhanced}`
  }
}

const srs = (at: string) => `<SRS0=example.net=sender@srs.example.org>`.replace('example.net', at)

describe('a recipient', () => {
  const cases: readonly (readonly [title: string, house: House, to: string, carried: readonly string[]])[] = [
    ['that stands for nobody else is itself', {}, 'a@example.org', ['a@example.org']],
    [
      'of a virtual table is each of its targets once, in our domains and elsewhere',
      { virtualTable: { 'info@example.org': 'a@example.org, b@elsewhere.example, A@example.org' } },
      'info@example.org',
      ['a@example.org', `b@elsewhere.example ${srs('example.net')}`],
    ],
    [
      'keeps its extension in a virtual target',
      { virtualTable: { 'info@example.org': 'a@example.org' } },
      'info+x@example.org',
      ['a+x@example.org'],
    ],
    [
      'is found by "@domain" after its own entry',
      {
        virtualTable: {
          '@example.org': 'all@example.org',
          'all@example.org': 'all@example.org',
          'b@example.org': 'c@relay.example',
        },
      },
      'any@example.org',
      ['all@example.org'],
    ],
    [
      'is the same user of "@other"',
      { virtualTable: { '@relay.example': '@example.org' } },
      'x@relay.example',
      ['x@example.org'],
    ],
    [
      'follows aliases of aliases, bare names in its own domain',
      { aliasFile: 'root: admin\nadmin: alice, bob@relay.example' },
      'ROOT@example.org',
      ['alice@example.org', 'bob@relay.example'],
    ],
    ['of a relayed domain has no aliases', { aliasFile: 'root: alice' }, 'root@relay.example', ['root@relay.example']],
    ['may keep a mailbox of its own', { aliasFile: 'a: \\a, b' }, 'a@example.org', ['a@example.org', 'b@example.org']],
    [
      'may be a program, and a list that is included under its owner',
      { aliasFile: 'l: "|/bin/archive all", :include:/l\nowner-l: boss' },
      'l@example.org',
      ['l@example.org |/bin/archive all <owner-l@example.org>', 'member@example.net <owner-l@example.org>'],
    ],
    [
      'that does not exist goes to the catch-all',
      { catchAll: () => address('all@example.org'), exists: async ({ localPart }) => localPart === 'all' },
      'nobody@example.org',
      ['all@example.org'],
    ],
    [
      'that exists does not',
      { catchAll: () => address('all@example.org'), exists: async () => true },
      'a@example.org',
      ['a@example.org'],
    ],
    [
      'is looked up in its canonical form',
      { recipientCanonical: [table({ 'old@example.org': 'new@example.org' })], aliasFile: 'new: alice' },
      'old@example.org',
      ['alice@example.org'],
    ],
  ]
  for (const [title, house, to, said] of cases) it(title, async () => assert.deepEqual(await carried(house, to), said))

  it('that leads back to itself, or to too many, is refused; one that cannot be looked up waits', async () => {
    assert.equal(await refusal({ aliasFile: 'a: b\nb: c\nc: a' }, 'a@example.org'), '554 5.4.6')
    assert.equal(
      await refusal(
        { virtualTable: { 'a@example.org': 'a@relay.example', 'a@relay.example': 'a@example.org' } },
        'a@example.org',
      ),
      '554 5.4.6',
    )
    const many = Array.from({ length: 21 }, (_, i) => `u${i}`).join(',')
    assert.equal(await refusal({ aliasFile: `a: ${many}` }, 'a@example.org'), '554 5.4.6')
    // Each name doubles: 2^40 recipients, were they all followed.
    const doubling = Array.from({ length: 40 }, (_, i) => `n${i}: n${i + 1}, m${i}\nm${i}: n${i + 1}`).join('\n')
    assert.equal(await refusal({ aliasFile: doubling }, 'n0@example.org'), '554 5.4.6')
    assert.equal(await refusal({ virtual: [broken] }, 'a@example.org'), '451 4.3.0')
    assert.equal(
      await refusal(
        {
          aliasFile: 'l: :include:/none',
          include: () => Promise.reject(new Failure({ code: 451, enhanced: '4.3.0', text: '' }, '')),
        },
        'l@example.org',
      ),
      '451 4.3.0',
    )
  })

  it('that is named twice is carried once', async () => {
    const rewriter = aRewriter({ aliasFile: 'a: c\nb: c' })
    const recipients = ['a@example.org', 'b@example.org', 'c@example.org'].map((to) => aRecipient(to))
    const carriedOn = await rewriter.envelope(anEnvelope({ recipients }))
    assert.deepEqual(
      carriedOn.recipients.map((to) => [printAddress(to.address), to.original]),
      [['c@example.org', 'a@example.org']],
    )
  })

  it('never keeps a rewriter busy, however aliases are knotted', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    const line = fc.tuple<[string, string[]]>(name, fc.array(name, { minLength: 1, maxLength: 4 }))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(line, { selector: ([n]) => n, maxLength: 6 }), name, async (lines, to) => {
        const aliasFile = lines.map(([n, targets]) => `${n}: ${targets.join(', ')}`).join('\n')
        const known = new Set(lines.map(([n]) => n))
        const said = await refusal({ aliasFile }, `${to}@example.org`)
        if (said === '554 5.4.6') return
        for (const target of said.split(',')) {
          const [local = ''] = target.split('@')
          const own = lines.find(([n]) => n === local)?.[1] ?? []
          assert.ok(!known.has(local) || own.includes(local), `${said} from ${aliasFile}`)
        }
      }),
    )
  })
})

describe('the reverse-path of mail sent on', () => {
  const house = { virtualTable: { 'me@example.org': 'me@elsewhere.example' } }

  it('is ours for a stranger, and stays what it was for our own users and for bounces', async () => {
    assert.deepEqual(await carried(house, 'me@example.org'), [`me@elsewhere.example ${srs('example.net')}`])
    assert.deepEqual(await carried(house, 'me@example.org', 'u@example.org'), ['me@elsewhere.example'])
    assert.deepEqual(await carried(house, 'me@example.org', ''), ['me@elsewhere.example'])
    assert.deepEqual(await carried({ ...house, srs: null }, 'me@example.org'), ['me@elsewhere.example'])
  })

  it('leads its bounces back to the sender, and forged ones nowhere', async () => {
    const rewriter = aRewriter(house)
    const envelope = anEnvelope({ recipients: [aRecipient('me@example.org')] })
    const [sentOn] = (await rewriter.envelope(envelope)).recipients
    assert.ok(sentOn?.reversePath)
    const bounce = anEnvelope({ reversePath: null, recipients: [aRecipient(printAddress(sentOn.reversePath))] })
    const [back] = (await rewriter.envelope(bounce)).recipients
    assert.equal(printAddress(back?.address ?? null), 'sender@example.net')
    assert.equal(await rewriter.standsForOthers(sentOn.reversePath), true)
    assert.equal(await refusal({}, 'SRS0=AAAAAA=AA=example.net=x@srs.example.org'), '550 5.1.1')
  })

  it('is canonical before anything else', async () => {
    const rewriter = aRewriter({ senderCanonical: [table({ '@lan.example': '@example.net' })] })
    const envelope = await rewriter.envelope(anEnvelope({ reversePath: address('u@lan.example') }))
    assert.equal(printAddress(envelope.reversePath), 'u@example.net')
  })
})
