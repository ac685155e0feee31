// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Address, parseAddress, printAddress } from '../../../src/core/address.ts'
import type { Domain, EpochMs } from '../../../src/core/brand.ts'
import { Srs } from '../../../src/queue/srs.ts'
import { address, epoch } from '../../support/custody.ts'

const day = 86_400_000
const secret = Buffer.from('a secret of a test')

function anSrs(days = 0, secrets: readonly Uint8Array[] = [secret], domain = 'srs.example.org'): Srs {
  const now = () => (epoch + days * day) as EpochMs
  return new Srs({ domain: domain as Domain, secrets, lifetimeMs: 21 * day, now })
}

function encoded(text: string, srs = anSrs()): Address {
  const rewritten = srs.encode(address(text))
  assert.ok(rewritten !== null)
  return rewritten
}

describe('a reverse-path that was rewritten', () => {
  it('is in our domain, and leads back to the sender', () => {
    const rewritten = encoded('Alice@example.net')
    assert.match(printAddress(rewritten), /^SRS0=[A-Z2-7]{6}=[A-Z2-7]{2}=example\.net=Alice@srs\.example\.org$/)
    assert.ok(anSrs().owns(rewritten))
    assert.deepEqual(anSrs(20).decode(rewritten), address('Alice@example.net'))
  })

  it('leads nowhere when it is too old, or changed in any place', () => {
    const rewritten = encoded('alice@example.net')
    assert.equal(anSrs(23).decode(rewritten), null)
    for (let i = 0; i < rewritten.localPart.length; i++) {
      const other = rewritten.localPart[i] === 'x' ? 'y' : 'x'
      const localPart = `${rewritten.localPart.slice(0, i)}${other}${rewritten.localPart.slice(i + 1)}`
      const found = anSrs().decode({ ...rewritten, localPart })
      // Its mark may be written in other ways; what is signed may not.
      if (found !== null) assert.deepEqual(found, address('alice@example.net'))
    }
  })

  it('survives a relay that folds its letters', () => {
    const rewritten = encoded('Alice@example.net')
    const folded = { ...rewritten, localPart: rewritten.localPart.toLowerCase() }
    assert.deepEqual(anSrs().decode(folded), address('alice@example.net'))
  })

  it('is taken under an old key, and signed with the first one', () => {
    const old = encoded('a@example.net')
    assert.deepEqual(anSrs(1, [Buffer.from('new'), secret]).decode(old), address('a@example.net'))
    assert.equal(anSrs(1, [Buffer.from('new')]).decode(old), null)
  })

  it('of another forwarder leads back to the first of the chain', () => {
    const first = anSrs(0, [Buffer.from('first')], 'first.example')
    const second = anSrs(0, [Buffer.from('second')], 'second.example')
    const byFirst = encoded('a@x.example', first)
    const bySecond = encoded(printAddress(byFirst), second)
    assert.match(printAddress(bySecond), /^SRS1=[A-Z2-7]{6}=first\.example==/)
    const byThird = encoded(printAddress(bySecond))
    assert.match(printAddress(byThird), /^SRS1=[A-Z2-7]{6}=first\.example==/)
    assert.deepEqual(anSrs().decode(byThird), byFirst)
    assert.deepEqual(first.decode(byFirst), address('a@x.example'))
  })

  it('is not made where it would be longer than a local part may be', () => {
    assert.equal(anSrs().encode(address(`${'a'.repeat(40)}@${'b'.repeat(40)}.example`)), null)
  })

  it('comes back whatever the sender is called, and nothing a stranger writes throws', () => {
    const local = fc.stringMatching(/^[a-z0-9=+_-]{1,20}$/)
    fc.assert(
      fc.property(local, fc.integer({ min: 0, max: 3000 }), (localPart, days) => {
        const sender = parseAddress(`${localPart}@example.net`)
        if (sender === null || /^srs[01][=+-]/i.test(localPart)) return
        const rewritten = anSrs(days).encode(sender)
        assert.deepEqual(rewritten === null ? sender : anSrs(days + 1).decode(rewritten), sender)
      }),
    )
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('SRS0=', 'SRS1=', 'srs0+', ''), (text, mark) => {
        const strange = { localPart: `${mark}${text}`, domain: 'srs.example.org' as Domain }
        assert.equal(anSrs().decode(strange), null)
        anSrs().encode(strange)
      }),
    )
  })
})
