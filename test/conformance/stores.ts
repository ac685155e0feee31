// SPDX-License-Identifier: Apache-2.0
/** What every engine of Stores must do. An engine's test file calls this with a way to open empty stores. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BlobId, QueueId } from '../../src/core/brand.ts'
import type { Stores } from '../../src/core/stores.ts'
import { aHeldEntry, anEntry, anEnvelope, aRecipient, at, epoch } from '../support/custody.ts'

const id = (text: string) => text as QueueId
const ids = (entries: readonly { readonly id: QueueId }[]) => entries.map((entry) => entry.id)

/** The limits that open must set: greylistKeepMs 1000. */
export function storesSuite(engine: string, open: () => Promise<Stores>): void {
  const using = (title: string, body: (stores: Stores) => Promise<void>) =>
    it(title, async () => {
      await using stores = await open()
      await body(stores)
    })

  describe(`${engine}: queue`, () => {
    using('gives back an entry as it was put in', async ({ queue }) => {
      const envelope = anEnvelope({
        reversePath: null,
        envid: 'e+1',
        dsnReturns: 'headers',
        recipients: [aRecipient('ü@example.org', { notify: ['failure', 'delay'], original: 'x' })],
      })
      const entry = anEntry('A', { envelope, route: { kind: 'maildir' }, folder: 'Junk', lastReply: '451 4.0.0 no' })
      await queue.add([entry, anEntry('A.2', { held: true, warned: true, returnable: false })])
      assert.deepEqual(await queue.get(id('A')), entry)
      assert.deepEqual((await queue.get(id('A.2')))?.held, true)
      assert.deepEqual(await queue.depth(), { waiting: 1, held: 1 })
      assert.equal(await queue.get(id('B')), null)
    })

    using('adds all entries, or none when one of their ids is taken', async ({ queue }) => {
      assert.equal(await queue.add([anEntry('A')]), true)
      assert.equal(await queue.add([anEntry('B'), anEntry('A', { attempts: 9 })]), false)
      assert.equal((await queue.get(id('A')))?.attempts, 0)
      assert.deepEqual(ids(await queue.list(10)), ['A'])
    })

    using('lists in pages by id', async ({ queue }) => {
      await queue.add(['C', 'A', 'B'].map((name) => anEntry(name)))
      assert.deepEqual(ids(await queue.list(2)), ['A', 'B'])
      assert.deepEqual(ids(await queue.list(2, id('B'))), ['C'])
    })

    using('leases what is due, oldest due first, to one holder', async ({ queue }) => {
      await queue.add([anEntry('A', { due: at(5) }), anEntry('B', { due: at(1) }), anEntry('C', { due: at(50) })])
      assert.deepEqual(ids(await queue.lease('one', at(10), at(100), 10, [])), ['B', 'A'])
      assert.deepEqual(await queue.lease('two', at(10), at(100), 10, []), [])
      assert.equal(await queue.nextDue(at(10), []), at(50))
    })

    using('leases no more than asked for, nothing held and nothing skipped', async ({ queue }) => {
      const other = { kind: 'lmtp', host: 'x', port: 24, url: 'lmtp://x:24' } as const
      await queue.add([anEntry('A', { route: other }), anEntry('B'), anEntry('C'), anEntry('D', { held: true })])
      assert.deepEqual(ids(await queue.lease('one', epoch, at(9), 1, ['lmtp://x:24'])), ['B'])
      assert.equal(await queue.nextDue(epoch, ['lmtp://x:24', 'smtp://mx.example.org:25']), null)
      assert.deepEqual(ids(await queue.lease('one', epoch, at(9), 9, [])), ['A', 'C'])
    })

    using('lets a lease lapse, and its late holder settle nothing', async ({ queue }) => {
      await queue.add([anEntry('A')])
      await queue.lease('one', epoch, at(10), 1, [])
      assert.deepEqual(ids(await queue.lease('two', at(10), at(20), 1, [])), ['A'])
      assert.deepEqual(await queue.settle('one', id('A'), null), { settled: false, freed: null })
      assert.notEqual(await queue.get(id('A')), null)
      assert.deepEqual(await queue.settle('two', id('A'), null), { settled: true, freed: 'B-A' })
      assert.equal(await queue.get(id('A')), null)
    })

    using('renews the leases of their holder only', async ({ queue }) => {
      await queue.add([anEntry('A')])
      await queue.lease('one', epoch, at(10), 1, [])
      await queue.renew('two', [id('A')], at(99))
      await queue.renew('one', [id('A')], at(50))
      assert.deepEqual(await queue.lease('two', at(10), at(20), 1, []), [])
      assert.deepEqual(ids(await queue.lease('two', at(50), at(60), 1, [])), ['A'])
    })

    using('takes back the leases of a holder that died', async ({ queue }) => {
      await queue.add([anEntry('A'), anEntry('B')])
      await queue.lease('dead', epoch, at(10), 1, [])
      await queue.lease('alive', epoch, at(10), 1, [])
      assert.equal(await queue.reclaim('dead'), 1)
      assert.deepEqual(ids(await queue.lease('next', epoch, at(10), 9, [])), ['A'])
    })

    using('keeps the rest of a settled entry, free for the next lease', async ({ queue }) => {
      const entry = anEntry('A')
      await queue.add([entry])
      await queue.lease('one', epoch, at(10), 1, [])
      const envelope = anEnvelope({ recipients: [aRecipient('late@example.org')] })
      const rest = { ...entry, envelope, attempts: 1, due: at(5), lastReply: '450 4.2.0 later', warned: true }
      assert.deepEqual(await queue.settle('one', id('A'), rest), { settled: true, freed: null })
      assert.deepEqual(await queue.lease('one', at(5), at(10), 1, []), [rest])
    })

    using('keeps an entry held that was held during its attempt', async ({ queue }) => {
      const entry = anEntry('A')
      await queue.add([entry])
      await queue.lease('one', epoch, at(10), 1, [])
      assert.equal(await queue.change(id('A'), { held: true }), 1)
      assert.equal((await queue.settle('one', id('A'), { ...entry, attempts: 1 })).settled, true)
      assert.deepEqual(await queue.depth(), { waiting: 0, held: 1 })
      assert.equal(await queue.change(id('A'), { held: false, due: at(3) }), 1)
      assert.equal((await queue.get(id('A')))?.due, at(3))
    })

    using('changes every entry at once, and none that is unknown', async ({ queue }) => {
      await queue.add([anEntry('A', { due: at(99) }), anEntry('B', { due: at(99) })])
      assert.equal(await queue.change(null, { due: epoch }), 2)
      assert.equal(await queue.change(id('X'), { due: epoch }), 0)
      assert.equal(await queue.nextDue(epoch, []), epoch)
    })

    using('removes an entry whoever holds it, and says what it was', async ({ queue }) => {
      await queue.add([anEntry('A')])
      await queue.lease('one', epoch, at(10), 1, [])
      assert.equal((await queue.remove(id('A')))?.id, 'A')
      assert.equal(await queue.remove(id('A')), null)
      assert.equal((await queue.settle('one', id('A'), anEntry('A'))).settled, false)
    })

    using('knows which blobs are still wanted', async ({ queue, quarantine }) => {
      await queue.add([anEntry('A'), anEntry('A.2', { blob: 'B-A' as BlobId })])
      await quarantine.add(aHeldEntry('Q'))
      const blobs = ['B-A', 'B-Q', 'B-X'] as BlobId[]
      assert.deepEqual([...(await queue.references(blobs))], ['B-A'])
      assert.deepEqual([...(await quarantine.references(blobs))], ['B-Q'])
      await queue.remove(id('A'))
      assert.equal((await queue.references(blobs)).size, 1)
      await queue.remove(id('A.2'))
      assert.equal((await queue.references(blobs)).size, 0)
    })

    using('claims what comes in with a lease', async ({ queue }) => {
      assert.equal(await queue.add([anEntry('A')], { holder: 'one', until: at(10) }), true)
      assert.deepEqual(await queue.lease('two', epoch, at(10), 1, []), [])
      assert.deepEqual(await queue.settle('one', id('A'), null), { settled: true, freed: 'B-A' })
    })

    using('frees a blob with the last entry that refers to it', async ({ queue }) => {
      await queue.add([anEntry('A'), anEntry('A.2', { blob: 'B-A' as BlobId })], { holder: 'one', until: at(10) })
      assert.deepEqual(await queue.settle('one', id('A'), null), { settled: true, freed: null })
      const moved = anEntry('A.2', { blob: 'own' as BlobId })
      assert.deepEqual(await queue.settle('one', id('A.2'), moved), { settled: true, freed: 'B-A' })
      assert.equal((await queue.get(id('A.2')))?.blob, 'own')
    })

    using('knows whether an entry refers into a bundle', async ({ queue }) => {
      await queue.add([anEntry('A', { blob: 'b12.100.7' as BlobId })])
      assert.equal(await queue.refersInto('b12'), true)
      assert.equal(await queue.refersInto('b13'), false)
      assert.equal(await queue.refersInto('b1'), true)
    })

    using('does many things at once without losing one', async ({ queue }) => {
      const names = Array.from({ length: 200 }, (_, i) => `N${String(i).padStart(3, '0')}`)
      await Promise.all(names.map((name) => queue.add([anEntry(name)])))
      const leased = await Promise.all([1, 2, 3, 4].map((n) => queue.lease(`h${n}`, epoch, at(10), 60, [])))
      assert.deepEqual(leased.flatMap(ids).sort(), names)
    })
  })

  describe(`${engine}: quarantine`, () => {
    using('keeps, lists in pages, counts and removes', async ({ quarantine }) => {
      assert.equal(await quarantine.add(aHeldEntry('B', { score: 7.25 })), true)
      await quarantine.add(aHeldEntry('A'))
      assert.equal(await quarantine.add(aHeldEntry('A', { score: 1 })), false)
      assert.deepEqual(await quarantine.get(id('B')), aHeldEntry('B', { score: 7.25 }))
      assert.deepEqual(ids(await quarantine.list(1)), ['A'])
      assert.deepEqual(ids(await quarantine.list(9, id('A'))), ['B'])
      assert.equal(await quarantine.count(), 2)
      assert.equal(await quarantine.remove(id('A')), true)
      assert.equal(await quarantine.remove(id('A')), false)
    })

    using('is claimed by one releaser until the claim lapses or is given back', async ({ quarantine }) => {
      await quarantine.add(aHeldEntry('A'))
      assert.equal((await quarantine.claim(id('A'), epoch, at(10)))?.id, 'A')
      assert.equal(await quarantine.claim(id('A'), at(5), at(15)), null)
      assert.equal((await quarantine.claim(id('A'), at(10), at(20)))?.id, 'A')
      await quarantine.unclaim(id('A'))
      assert.equal((await quarantine.claim(id('A'), at(11), at(20)))?.id, 'A')
      assert.equal(await quarantine.claim(id('X'), at(11), at(20)), null)
    })

    using('finds what is old, oldest first', async ({ quarantine }) => {
      await quarantine.add(aHeldEntry('A', { heldAt: at(2) }))
      await quarantine.add(aHeldEntry('B', { heldAt: at(1) }))
      await quarantine.add(aHeldEntry('C', { heldAt: at(3) }))
      assert.deepEqual(ids(await quarantine.expired(at(3), 9)), ['B', 'A'])
      assert.deepEqual(ids(await quarantine.expired(at(3), 1)), ['B'])
    })
  })

  describe(`${engine}: accounts`, () => {
    const account = {
      name: 'ann@example.org',
      password: '$x',
      addresses: ['a@example.org', 'b@b.example'],
      createdAt: epoch,
    }

    using('finds an account by its name and by each address', async ({ accounts }) => {
      assert.equal(await accounts.add(account), true)
      assert.deepEqual(await accounts.byName('ann@example.org'), account)
      assert.equal(await accounts.byName('a@example.org'), null)
      assert.deepEqual(await accounts.byAddress('b@b.example'), account)
      assert.deepEqual(await accounts.byAddress('ann@example.org'), account)
      assert.equal(await accounts.byAddress('nobody@example.org'), null)
      assert.deepEqual(await accounts.list(), [account])
    })

    using('refuses names and addresses that are taken', async ({ accounts }) => {
      await accounts.add(account)
      const other = { ...account, name: 'bob@example.org', addresses: [] }
      assert.equal(await accounts.add({ ...other, addresses: ['a@example.org'] }), false)
      assert.equal(await accounts.add({ ...other, addresses: ['ann@example.org'] }), false)
      assert.equal(await accounts.add({ ...other, name: 'b@b.example' }), false)
      assert.equal(await accounts.add(other), true)
    })

    using('changes a password and forgets an account with its addresses', async ({ accounts }) => {
      await accounts.add(account)
      assert.equal(await accounts.setPassword('ann@example.org', '$y'), true)
      assert.equal((await accounts.byName('ann@example.org'))?.password, '$y')
      assert.equal(await accounts.setPassword('nobody', '$y'), false)
      assert.equal(await accounts.remove('ann@example.org'), true)
      assert.equal(await accounts.remove('ann@example.org'), false)
      assert.equal(await accounts.add({ ...account, name: 'new@example.org' }), true)
    })
  })

  describe(`${engine}: greylist and counters`, () => {
    using('remembers the first sight of a key and counts those after it', async ({ greylist }) => {
      assert.deepEqual(await greylist.touch('k', at(0)), { firstSeen: at(0), passes: 0 })
      assert.deepEqual(await greylist.touch('k', at(500)), { firstSeen: at(0), passes: 1 })
      assert.deepEqual(await greylist.touch('other', at(500)), { firstSeen: at(500), passes: 0 })
    })

    using('tells what it remembers of a key without counting it', async ({ greylist }) => {
      assert.equal(await greylist.peek('k', at(0)), null)
      await greylist.touch('k', at(0))
      assert.deepEqual(await greylist.peek('k', at(500)), { firstSeen: at(0), passes: 0 })
      assert.deepEqual(await greylist.touch('k', at(600)), { firstSeen: at(0), passes: 1 })
      assert.equal(await greylist.peek('k', at(1_600)), null)
    })

    using('forgets a key that was not seen for long', async ({ greylist }) => {
      await greylist.touch('k', at(0))
      assert.deepEqual(await greylist.touch('k', at(1_000)), { firstSeen: at(1_000), passes: 0 })
    })

    using('counts within a window and starts anew in the next', async ({ counters }) => {
      assert.equal(await counters.add('k', 2, 1_000, epoch), 2)
      assert.equal(await counters.add('k', 1, 1_000, at(999)), 3)
      assert.equal(await counters.add('x', 1, 1_000, at(999)), 1)
      assert.equal(await counters.add('k', 1, 1_000, at(1_000)), 1)
    })
  })
}
