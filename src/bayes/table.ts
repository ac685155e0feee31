// SPDX-License-Identifier: Apache-2.0
/**
 * The model in memory: one SharedArrayBuffer of fixed size, read by worker threads without locks, written by one.
 *
 * Head, 64 bytes:   0 u32 seed · 4 u32 (unused) · 8 f64 ham units · 16 f64 spam units · 24 f64 slope · 32 f64 offset
 *                   40 f64 highest journal sequence applied
 * Cell, 12 bytes:   f32 weight · f32 spent (1 − variance) · u16 ham units · u16 spam units
 *
 * "Spent" instead of the variance itself makes an unused cell all zeroes, so an empty model is an untouched buffer.
 * A reader that meets a half-made update sees one message's change in some cells and not in others, which is harmless.
 */
import { isLittleEndian } from '../kit/bytes.ts'

/** 2^22 cells, 48 MiB: smaller tables lose accuracy by collisions. */
export const cellBits = 22
export const cellCount = 1 << cellBits
const cellMask = cellCount - 1
export const headBytes = 64
const cellBytes = 12

/** What a message of the shipped prior counts, and what one learnt here counts: local mail is the better witness. */
export const priorUnit = 1
export const localUnit = 4

export interface Table {
  readonly buffer: SharedArrayBuffer
  readonly seed: Uint32Array
  /** Ham units, spam units, slope, offset, applied sequence. */
  readonly totals: Float64Array
  readonly floats: Float32Array
  readonly counts: Uint16Array
  /** The same, both of a cell in one number: see hamOf and spamOf. */
  readonly pairs: Uint32Array
}

export const total = { ham: 0, spam: 1, slope: 2, offset: 3, sequence: 4 } as const

/** Slope of a model that has seen nothing: the score is taken at its face value, which is about what calibration finds. */
const untrainedSlope = 1

/** An empty model whose hashes are keyed by the seed. */
export function emptyTable(seed: number): Table {
  const table = viewTable(new SharedArrayBuffer(headBytes + cellCount * cellBytes))
  table.seed[0] = seed
  table.totals[total.slope] = untrainedSlope
  return table
}

/** Views on a buffer, here or in another thread. */
export function viewTable(buffer: SharedArrayBuffer): Table {
  return {
    buffer,
    seed: new Uint32Array(buffer, 0, 1),
    totals: new Float64Array(buffer, 8, 5),
    floats: new Float32Array(buffer, headBytes, cellCount * 3),
    counts: new Uint16Array(buffer, headBytes, cellCount * 6),
    pairs: new Uint32Array(buffer, headBytes, cellCount * 3),
  }
}

/** Ham units of a pair of counts. */
export function hamOf(pair: number): number {
  return isLittleEndian ? pair & 0xffff : pair >>> 16
}

/** Spam units of a pair of counts. */
export function spamOf(pair: number): number {
  return isLittleEndian ? pair >>> 16 : pair & 0xffff
}

/** The cell of a feature; fields that share a hash are set apart. */
export function cellOf(feature: number): number {
  return (feature ^ Math.imul(feature >>> 28, 0x9e3779)) & cellMask
}

/** Overwrites one table by another of the same size. */
export function copyTable(from: Table, to: Table): void {
  new Uint8Array(to.buffer).set(new Uint8Array(from.buffer))
}
