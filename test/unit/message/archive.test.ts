// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { isEncryptedDocument, listArchive } from '../../../src/message/archive.ts'
import { magicOf } from '../../../src/message/attachments.ts'
import { aZip } from '../../support/a-zip.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const u16 = (value: number) => latin1(String.fromCharCode(value & 255, value >> 8))
const u32 = (value: number) => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)])

/** Numbers below 128 are a single byte each (RAR 5.0). */
const rarBlock = (type: number, flags: number, rest: readonly number[], name = '', extra: readonly number[] = []) => {
  const body = Buffer.concat([Buffer.from([type, flags, ...rest]), latin1(name), Buffer.from(extra)])
  return Buffer.concat([u32(0), Buffer.from([body.length]), body])
}
const rar5 = latin1('Rar!\x1a\x07\x01\0')
const rarFile = (name: string, encrypted = false) =>
  rarBlock(
    2,
    encrypted ? 1 : 0,
    [...(encrypted ? [3] : []), 0, 9, 0, 0, 0, name.length],
    name,
    encrypted ? [2, 1, 0] : [],
  )
const oldRarFile = (name: string, flags: number) => {
  const head = Buffer.concat([Buffer.from([0x74]), u16(flags), u16(32 + name.length), u32(0), u32(7), Buffer.alloc(11)])
  return Buffer.concat([u16(0), head, u16(name.length), u32(0), latin1(name)])
}

const aCab = () => {
  const file = Buffer.concat([u32(5), Buffer.alloc(12), latin1('run.exe\0')])
  return Buffer.concat([latin1('MSCF'), Buffer.alloc(12), u32(36), Buffer.alloc(8), u16(1), Buffer.alloc(6), file])
}

const isoRecord = (name: string, at: number, size: number) => {
  const length = 33 + name.length + ((name.length + 1) % 2)
  const record = Buffer.alloc(length)
  record.writeUInt8(length, 0)
  record.writeUInt32LE(at, 2)
  record.writeUInt32LE(size, 10)
  record.writeUInt8(name.length, 32)
  record.write(name, 33, 'latin1')
  return record
}
const anIso = () => {
  const image = Buffer.alloc(20 * 2048)
  image.write('\x01CD001', 16 * 2048, 'latin1')
  isoRecord('\0', 18, 2048).copy(image, 16 * 2048 + 156)
  Buffer.concat([isoRecord('\0', 18, 2048), isoRecord('\x01', 18, 2048), isoRecord('RUN.EXE;1', 19, 5)]).copy(
    image,
    18 * 2048,
  )
  return image
}

const names = (bytes: Buffer) => listArchive(bytes, magicOf(bytes))?.members.map(({ name }) => name)
const isLocked = (bytes: Buffer) => listArchive(bytes, magicOf(bytes))?.encrypted

describe('the names in', () => {
  const table: readonly (readonly [string, Buffer, readonly string[]])[] = [
    ['a zip', aZip([{ name: 'a/b.txt', text: 'x' }, { name: 'run.exe' }]), ['a/b.txt', 'run.exe']],
    [
      'a zip behind a program that unpacks it',
      Buffer.concat([latin1('PK\x03\x04 no header '), aZip([{ name: 'a' }])]),
      ['a'],
    ],
    ['a zip without its directory', aZip([{ name: 'a', text: 'xy' }, { name: 'b' }], false), ['a', 'b']],
    ['a zip with names in UTF-8', aZip([{ name: 'größe.js', flags: 0x800 }]), ['größe.js']],
    ['a rar', Buffer.concat([rar5, rarBlock(1, 0, [0]), rarFile('run.exe'), rarBlock(5, 0, [0])]), ['run.exe']],
    ['an older rar', Buffer.concat([latin1('Rar!\x1a\x07\0'), oldRarFile('a.scr', 0)]), ['a.scr']],
    ['a cab', aCab(), ['run.exe']],
    ['an image of a disk', anIso(), ['RUN.EXE']],
    ['a gzip without one', gzipSync('x'), ['']],
  ]
  for (const [title, bytes, expected] of table) it(title, () => assert.deepEqual(names(bytes), expected))

  it('what tar and gzip of this machine write', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-archive-'))
    try {
      writeFileSync(join(folder, 'run.exe'), 'x'.repeat(1000))
      writeFileSync(join(folder, 'b.txt'), 'y')
      execFileSync('tar', ['--format=ustar', '-cf', 'all.tar', 'run.exe', 'b.txt'], { cwd: folder })
      execFileSync('gzip', ['run.exe'], { cwd: folder })
      const read = (file: string) => execFileSync('cat', [file], { cwd: folder })
      assert.deepEqual(names(read('all.tar')), ['run.exe', 'b.txt'])
      assert.deepEqual(names(read('run.exe.gz')), ['run.exe'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('encryption of', () => {
  const table: readonly (readonly [string, Buffer, boolean])[] = [
    ['a zip’s file', aZip([{ name: 'a' }, { name: 'b', flags: 1 }]), true],
    ['no file of a zip', aZip([{ name: 'a' }]), false],
    ['a rar’s file', Buffer.concat([rar5, rarFile('a', true)]), true],
    ['a rar’s list', Buffer.concat([rar5, rarBlock(4, 0, [0, 0, 15])]), true],
    ['an older rar’s file', Buffer.concat([latin1('Rar!\x1a\x07\0'), oldRarFile('a', 4)]), true],
    [
      'a 7z’s list',
      Buffer.concat([
        latin1('7z\xbc\xaf\x27\x1c\0\x04'),
        u32(0),
        u32(4),
        u32(0),
        Buffer.alloc(16),
        latin1('\x01\x17\x06\xf1\x07\x01'),
      ]),
      true,
    ],
  ]
  for (const [title, bytes, expected] of table) it(title, () => assert.equal(isLocked(bytes), expected))

  it('documents', () => {
    const ole = Buffer.concat([latin1('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), Buffer.from('EncryptedPackage', 'utf16le')])
    assert.equal(isEncryptedDocument(ole, magicOf(ole)), true)
    const pdf = (more: string) => latin1(`%PDF-1.7\n${more}`)
    assert.equal(isEncryptedDocument(pdf('/Encrypt 5 0 R'), 'pdf'), true)
    assert.equal(isEncryptedDocument(pdf(''), 'pdf'), false)
  })
})

describe('a list', () => {
  it('ends at a ceiling', () =>
    assert.equal(names(aZip(Array.from({ length: 3000 }, (_, i) => ({ name: `${i}` }))))?.length, 1000))
  it('adds up what the archive claims', () => {
    const bomb = aZip([
      { name: 'a', size: 4e9 },
      { name: 'b', size: 4e9 },
    ])
    assert.equal(listArchive(bomb, 'zip')?.unpackedBytes, 8e9)
  })
  it('of bytes that are no archive is none', () => assert.equal(listArchive(latin1('%PDF-'), 'pdf'), null))
  it('of any bytes ends, and never throws', () => {
    const kinds = ['zip', 'rar', '7z', 'gzip', 'tar', 'cab', 'iso'] as const
    const seeds = [aZip([{ name: 'a' }]), Buffer.concat([rar5, rarFile('a')]), aCab(), anIso(), gzipSync('x')]
    const mutated = fc
      .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }), fc.nat(60))
      .map(([seed, changes, cut]) => {
        const bytes = Buffer.from(seed.subarray(0, Math.max(1, seed.length - cut)))
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        return bytes
      })
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      mutated,
    )
    fc.assert(
      fc.property(fc.constantFrom(...kinds), any, (kind, bytes) => {
        assert.ok((listArchive(bytes, kind)?.members.length ?? 0) <= 1000)
      }),
      { seed: 11, numRuns: 2000 },
    )
  })
})
