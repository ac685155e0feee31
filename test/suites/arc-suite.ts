// SPDX-License-Identifier: Apache-2.0
/** Runs scenarios of an ARC suite: validation through assess(), signing through sealMessage(). */
import { createPrivateKey } from 'node:crypto'
import type { Domain, EpochMs } from '../../src/core/brand.ts'
import type { Resolver } from '../../src/core/ports.ts'
import { type Assessment, assess } from '../../src/msgauth/assess.ts'
import { claimedAuthservId } from '../../src/msgauth/results.ts'
import { sealMessage } from '../../src/msgauth/seal.ts'
import { anInput } from '../unit/msgauth/zone.ts'
import type { OpenDns, SuiteResult } from './run.ts'
import { openSuiteZone } from './suite-zone.ts'

interface ArcTest {
  readonly message?: string
  /** Validation. */
  readonly cv?: string
  /** Signing: time, names, and either results or whose fields of the message hold them. */
  readonly t?: string
  readonly 'sig-headers'?: string
  readonly 'auth-res'?: string
  readonly 'srv-id'?: string
  readonly AS?: string
  readonly AMS?: string
  readonly AAR?: string
}

export interface ArcScenario {
  readonly description: string
  readonly tests: Readonly<Record<string, ArcTest>>
  readonly 'txt-records': Readonly<Record<string, string>>
  readonly domain?: string
  readonly sel?: string
  readonly privatekey?: string
}

const toCrlf = (text: string): string => text.replace(/\r?\n/g, '\r\n')

const validate = (raw: Buffer, dns: Resolver): Promise<Assessment> => assess(anInput({}, { raw, dns }))

async function runValidation(name: string, test: ArcTest, dns: Resolver): Promise<SuiteResult> {
  const { report, findings } = await validate(Buffer.from(toCrlf(test.message ?? ''), 'utf8'), dns)
  // Where the suite's own program gave no answer it wrote none: all of these are chains whose newest seal says fail, for
  // which RFC 8617 §5.2 step 2 leaves one answer.
  const wanted = (test.cv ?? '').trim().toLowerCase() || 'fail'
  const got = `${report.arc.result}${findings.arc.because === '' ? '' : ` (${findings.arc.because})`}`
  return { name, passed: report.arc.result === wanted, wanted, got }
}

/** The results to seal: as given, or of all fields of the message that carry the name. */
function resultsOf(test: ArcTest, message: string): string {
  const given = test['auth-res']
  if (given !== undefined) return toCrlf(given.trim()).replace(/\r\n[ \t]*/g, '\r\n ')
  const name = (test['srv-id'] ?? '').trim()
  const head = message.slice(0, message.indexOf('\r\n\r\n') + 2)
  const fields = [...head.matchAll(/^Authentication-Results:((?:.*\r\n)(?:[ \t].*\r\n)*)/gim)].map(
    ([, value]) => value ?? '',
  )
  const ours = fields.filter((value) => claimedAuthservId(value) === name)
  return [name, ...ours.map((value) => value.slice(value.indexOf(';') + 1).trim())].join('; ')
}

/** The parts of a field without white space, in no order; b= of the seal apart, which covers how its signer folds lines. */
function partsOf(value: string, isSeal: boolean): string {
  const parts = value
    .replace(/\s/g, '')
    .split(';')
    .filter((part) => part !== '' && !(isSeal && part.startsWith('b=')))
  return [...new Set(parts)].sort().join('; ')
}

async function runSigning(name: string, test: ArcTest, scenario: ArcScenario, dns: Resolver): Promise<SuiteResult> {
  const message = toCrlf(test.message ?? '')
  const raw = Buffer.from(message, 'utf8')
  const { findings } = await validate(raw, dns)
  const edits = sealMessage(raw, {
    key: {
      domain: (scenario.domain ?? '') as Domain,
      selector: scenario.sel ?? '',
      algorithm: 'rsa-sha256',
      key: createPrivateKey(scenario.privatekey ?? ''),
    },
    results: resultsOf(test, message),
    arc: findings.arc,
    now: (Number(test.t) * 1000) as EpochMs,
    names: (test['sig-headers'] ?? '').trim().split(':'),
  })
  const fields = edits.map((edit) => (edit.op === 'prepend' ? { name: edit.name, value: edit.value } : null))
  const made = fields.map((field) => field?.value)
  const wanted = [test.AS, test.AMS, test.AAR].map((value, i) => partsOf(value ?? '', i === 0))
  const got = [0, 1, 2].map((i) => partsOf(made[i] ?? '', i === 0))
  const sealed = fields.map((field) => `${field?.name}: ${field?.value}\r\n`).join('') + message
  const again = edits.length === 0 ? '' : (await validate(Buffer.from(sealed, 'utf8'), dns)).report.arc.result
  const outcome = edits.length === 0 ? '' : /cv=fail/.test(wanted[0] ?? '') ? 'fail' : 'pass'
  return {
    name,
    passed: wanted.join('|') === got.join('|') && again === outcome,
    wanted: `${wanted.join(' | ')} ${outcome}`,
    got: `${got.join(' | ')} ${again}`,
  }
}

export async function runArcScenario(scenario: ArcScenario, openDns: OpenDns): Promise<SuiteResult[]> {
  const records = Object.entries(scenario['txt-records']).map(([name, value]) => [name, [{ TXT: value }]])
  await using opened = await openDns(openSuiteZone(Object.fromEntries(records)))
  const results: SuiteResult[] = []
  for (const [name, test] of Object.entries(scenario.tests)) {
    const isSigning = scenario.privatekey !== undefined && test.AS !== undefined
    results.push(
      isSigning
        ? await runSigning(name, test, scenario, opened.resolver)
        : await runValidation(name, test, opened.resolver),
    )
  }
  return results
}
