// SPDX-License-Identifier: Apache-2.0
/**
 * The model file: a checkpoint of the table, whole or absent (written aside and renamed).
 *
 *   8 bytes   "PSTNMDL1"
 *   u32       length of the head
 *   head      JSON: ModelHead
 *   payload   columns of the used cells in order: gaps, ham, spam (varints), weights, spent
 *
 * Two encodings. "exact" keeps every bit, so a checkpoint and the journal's tail give what was in memory. "compact" is
 * for the shipped prior: rounded weights, compressed. A changed byte is noticed by the checksum.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, brotliDecompressSync, constants, crc32 } from 'node:zlib'
import { UserError } from '../core/failure.ts'
import { cellBits, cellCount, emptyTable, type Table } from './table.ts'
import { ByteReader, ByteWriter } from './varint.ts'

const magic = 'PSTNMDL1'
/** Raised when the tokenizer makes other features of the same message: old models do not fit new features. */
export const featureVersion = 1
const maxHead = 65_536
const maxPayload = 256 * 1024 * 1024
/** Of a rounded weight: 16 bits reach ±4. */
const weightScale = 8192

export type Encoding = 'exact' | 'compact'

export interface ModelHead {
  readonly version: 1
  readonly features: number
  readonly seed: number
  readonly bits: number
  readonly encoding: Encoding
  readonly cells: number
  readonly crc: number
  readonly totals: readonly number[]
  /** Checksum of the base model below the journal; empty for none. */
  readonly base: string
  /** Messages learnt on top of the base. */
  readonly trained: { readonly ham: number; readonly spam: number }
  /** Last journal sequence that is in the cells. */
  readonly sequence: number
}

export interface ModelFile {
  readonly head: ModelHead
  readonly table: Table
  /** Identity of the content. */
  readonly checksum: string
}

export interface ModelFacts {
  readonly base: string
  readonly trained: { readonly ham: number; readonly spam: number }
  readonly sequence: number
}

/** The bytes of a model file. */
export function encodeModel(table: Table, facts: ModelFacts, encoding: Encoding): Buffer {
  const { cells, columns } = writeColumns(table, encoding)
  const payload =
    encoding === 'exact'
      ? columns
      : brotliCompressSync(columns, {
          params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 },
        })
  const head: ModelHead = {
    version: 1,
    features: featureVersion,
    seed: table.seed[0] ?? 0,
    bits: cellBits,
    encoding,
    cells,
    crc: crc32(payload),
    totals: [...table.totals],
    ...facts,
  }
  const json = Buffer.from(JSON.stringify(head))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  return Buffer.concat([Buffer.from(magic), length, json, payload])
}

/** Writes a model file, whole or not at all. Blocks. Returns its bytes. */
export function writeModel(path: string, table: Table, facts: ModelFacts, encoding: Encoding): number {
  const bytes = encodeModel(table, facts, encoding)
  const tmp = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    writeFileSync(tmp, bytes, { mode: 0o644, flush: true })
    renameSync(tmp, path)
  } catch (cause) {
    rmSync(tmp, { force: true })
    throw cause
  }
  return bytes.length
}

/** The head of a model file alone, and its identity. UserErrors as of readModel. */
export function peekModel(path: string): Pick<ModelFile, 'head' | 'checksum'> {
  const head = headOf(path, readBytes(path))
  return { head, checksum: checksumOf(head) }
}

/** Reads a model file. A UserError says in one line what is wrong: 66 absent, 65 not a model, broken or of another time. */
export function readModel(path: string): ModelFile {
  return decodeModel(path, readBytes(path))
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new UserError(66, [complaint(path, `cannot be read: ${(cause as Error).message}`, null)])
  }
}

/** As readModel, on bytes already read. */
export function decodeModel(path: string, bytes: Buffer): ModelFile {
  const head = headOf(path, bytes)
  const payload = bytes.subarray(12 + bytes.readUInt32LE(8))
  if (crc32(payload) !== head.crc) throw broken(path, 'its checksum is wrong')
  const table = emptyTable(head.seed)
  table.totals.set(head.totals.slice(0, table.totals.length))
  try {
    const columns = head.encoding === 'exact' ? payload : brotliDecompressSync(payload, { maxOutputLength: maxPayload })
    readColumns(columns, head, table)
  } catch (cause) {
    throw broken(path, (cause as Error).message)
  }
  return { head, table, checksum: checksumOf(head) }
}

function headOf(path: string, bytes: Buffer): ModelHead {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 8) !== magic) {
    throw new UserError(65, [complaint(path, 'is not a Postern model', 'postern train makes one')])
  }
  const head = readHead(bytes, (why) => broken(path, why))
  if (head.features !== featureVersion || head.bits !== cellBits) {
    throw new UserError(65, [
      complaint(path, `was made by another version of Postern (features ${head.features})`, 'train it anew'),
    ])
  }
  return head
}

function checksumOf(head: ModelHead): string {
  return `${head.crc.toString(16)}-${head.cells}`
}

function broken(path: string, why: string): UserError {
  return new UserError(65, [complaint(path, `is a broken model: ${why}`, 'restore it from a backup, or train it anew')])
}

function readHead(bytes: Buffer, broken: (why: string) => UserError): ModelHead {
  const length = bytes.readUInt32LE(8)
  if (length > maxHead || 12 + length > bytes.length) throw broken('its head is cut short')
  let head: Partial<ModelHead>
  try {
    head = JSON.parse(bytes.toString('utf8', 12, 12 + length)) as Partial<ModelHead>
  } catch {
    throw broken('its head is not readable')
  }
  const numbers = [head.features, head.seed, head.bits, head.cells, head.crc, head.sequence]
  if (head.version !== 1 || numbers.some((value) => typeof value !== 'number')) throw broken('its head lacks a field')
  if (!Array.isArray(head.totals) || head.trained === undefined || typeof head.base !== 'string') {
    throw broken('its head lacks a field')
  }
  return head as ModelHead
}

function writeColumns(table: Table, encoding: Encoding): { cells: number; columns: Buffer } {
  const { floats, counts } = table
  const gaps = new ByteWriter()
  const numbers = new ByteWriter()
  const weights = new ByteWriter()
  let cells = 0
  let last = -1
  for (let cell = 0; cell < cellCount; cell++) {
    const weight = floats[cell * 3] as number
    const spent = floats[cell * 3 + 1] as number
    const ham = counts[cell * 6 + 4] as number
    const spam = counts[cell * 6 + 5] as number
    if (weight === 0 && spent === 0 && ham === 0 && spam === 0) continue
    gaps.varint(cell - last - 1)
    last = cell
    cells++
    numbers.varint(ham)
    numbers.varint(spam)
    if (encoding === 'compact') {
      const rounded = Math.max(-32768, Math.min(32767, Math.round(weight * weightScale)))
      weights.varint(rounded < 0 ? -rounded * 2 - 1 : rounded * 2)
      weights.byte(Math.round(spent * 255))
    } else {
      weights.raw(new Uint8Array(table.buffer, table.floats.byteOffset + cell * 12, 8))
    }
  }
  return { cells, columns: Buffer.concat([gaps.bytes(), numbers.bytes(), weights.bytes()]) }
}

function readColumns(columns: Buffer, head: ModelHead, table: Table): void {
  const reader = new ByteReader(columns)
  const cells = new Uint32Array(head.cells)
  let cell = -1
  for (let i = 0; i < head.cells; i++) {
    cell += reader.varint() + 1
    if (cell >= cellCount) throw new RangeError('a cell beyond the table')
    cells[i] = cell
  }
  for (const at of cells) {
    table.counts[at * 6 + 4] = reader.varint()
    table.counts[at * 6 + 5] = reader.varint()
  }
  const bytes = new Uint8Array(table.buffer)
  for (const at of cells) {
    if (head.encoding === 'compact') {
      const zigzag = reader.varint()
      table.floats[at * 3] = (zigzag & 1 ? -(zigzag + 1) / 2 : zigzag / 2) / weightScale
      table.floats[at * 3 + 1] = reader.byte() / 255
    } else {
      bytes.set(reader.raw(8), table.floats.byteOffset + at * 12)
    }
  }
}

function complaint(file: string, text: string, hint: string | null) {
  return { file, line: 0, text, hint }
}
