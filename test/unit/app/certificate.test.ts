// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serialNumber } from '../../../src/service/certificate.ts'

test('a serial number is one that DER can hold, whatever was drawn', () => {
  for (const first of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
    const serial = Buffer.from(serialNumber(Uint8Array.of(first, 0, ...new Uint8Array(14))), 'hex')
    assert.equal(serial.length, 16)
    assert.ok((serial[0] ?? 0) > 0 && (serial[0] ?? 0) < 0x80)
  }
})
