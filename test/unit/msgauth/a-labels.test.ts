// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toALabels } from '../../../src/msgauth/a-labels.ts'

describe('toALabels', () => {
  const table: readonly (readonly [title: string, name: string, expected: string])[] = [
    ['ASCII stays', 'Mail.example.com', 'Mail.example.com'],
    ['one letter', 'bücher.example', 'xn--bcher-kva.example'],
    ['composed first (NFC)', 'bu\u0308cher.example', 'xn--bcher-kva.example'],
    ['letters that only look like others stay what they are', '𝓰𝓪𝓶𝓶𝓪.nl', 'xn--e51haqza.nl'],
    ['a full stop of another script', 'bücher。example', 'xn--bcher-kva.example'],
    // RFC 3492 §7.1 (A), (B), (D), (I).
    ['Arabic', 'ليهمابتكلموشعربي؟', 'xn--egbpdaj6bu4bxfgehfvwxn'],
    ['Chinese', '他们为什么不说中文', 'xn--ihqwcrb4cv8a8dqg056pqjye'],
    ['Czech', 'pročprostěnemluvíčesky', 'xn--proprostnemluvesky-uyb24dma41a'],
    ['Russian', 'почемужеонинеговорятпорусски', 'xn--b1abfaaepdrnnbgefbadotcwatmq2g4l'],
    ['a label that cannot exist', `${'ü'.repeat(300)}.example`, `${'ü'.repeat(300)}.example`],
  ]
  for (const [title, name, expected] of table) it(title, () => assert.equal(toALabels(name), expected))
})
