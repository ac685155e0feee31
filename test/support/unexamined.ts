// SPDX-License-Identifier: Apache-2.0
/** For gateways under test that look at no message: what their examiners and their judge say of each. */
import type { Examination } from '../../src/core/examiner.ts'
import { noThresholds, type Verdict } from '../../src/core/verdict.ts'

export const unseen: Examination = {
  auth: {
    spf: { result: 'none', domain: null, because: '' },
    dkim: [],
    arc: { result: 'none', sealers: [] },
    dmarc: { result: 'none', policy: null, domain: null },
    header: '',
  },
  evidence: [],
  authors: [],
  probability: null,
  spentMs: {},
  incomplete: [],
}

export const accepted: Verdict = {
  action: { kind: 'accept' },
  score: 0,
  limits: noThresholds,
  priced: [],
  decidedBy: 'policy',
}
