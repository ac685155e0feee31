// SPDX-License-Identifier: Apache-2.0
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const u16 = (value: number) => latin1(String.fromCharCode(value & 255, value >> 8))
const u32 = (value: number) => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)])

export interface ZipFile {
  readonly name: string
  readonly text?: string
  readonly flags?: number
  readonly size?: number
}

/** A ZIP of stored files; its checksums are zero, which nobody looks at who unpacks nothing. */
export function aZip(files: readonly ZipFile[], withDirectory = true): Buffer {
  const pieces: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, text = '', flags = 0, size = text.length } of files) {
    const sizes = Buffer.concat([u32(0), u32(0), u32(text.length), u32(size), u16(Buffer.byteLength(name)), u16(0)])
    const head = Buffer.concat([u16(20), u16(flags), u16(0), sizes])
    const local = Buffer.concat([latin1('PK\x03\x04'), head, Buffer.from(name), latin1(text)])
    directory.push(latin1('PK\x01\x02'), u16(20), head, Buffer.alloc(10), u32(offset), Buffer.from(name))
    pieces.push(local)
    offset += local.length
  }
  if (!withDirectory) return Buffer.concat(pieces)
  const length = directory.reduce((sum, piece) => sum + piece.length, 0)
  const end = [latin1('PK\x05\x06'), u32(0), u16(files.length), u16(files.length), u32(length), u32(offset), u16(0)]
  return Buffer.concat([...pieces, ...directory, ...end])
}
