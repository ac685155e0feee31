// SPDX-License-Identifier: Apache-2.0
/** Runs scenarios of an RFC 7208 suite (the schema of openspf.org: helo, host, mailfrom, result) through assess(). */
import type { Domain } from '../../src/core/brand.ts'
import type { Resolver } from '../../src/core/ports.ts'
import { assess } from '../../src/msgauth/assess.ts'
import { anInput } from '../unit/msgauth/zone.ts'
import type { OpenDns, SuiteResult } from './run.ts'
import { openSuiteZone, type SuiteZone } from './suite-zone.ts'

interface SpfTest {
  readonly helo: string
  readonly host: string
  readonly mailfrom: string
  /** Any of several is right. */
  readonly result: string | readonly string[]
  readonly explanation?: string
}

export interface SpfScenario {
  readonly description: string
  readonly tests: Readonly<Record<string, SpfTest>>
  readonly zonedata: SuiteZone
}

/** The suite says "DEFAULT" where the domain gives no explanation of its own. */
const noExplanation = new Set(['DEFAULT', ''])

async function judge(test: SpfTest, dns: Resolver): Promise<{ result: string; explanation: string }> {
  const at = test.mailfrom.lastIndexOf('@')
  const reversePath =
    test.mailfrom === ''
      ? null
      : { localPart: test.mailfrom.slice(0, Math.max(0, at)), domain: test.mailfrom.slice(at + 1) as Domain }
  const over = { dns, ip: test.host, helo: test.helo, reversePath, hostname: 'receiver.example.org' }
  const { report } = await assess(anInput({}, over))
  return { result: report.spf.result, explanation: report.spf.explanation ?? '' }
}

export async function runSpfScenario(scenario: SpfScenario, openDns: OpenDns): Promise<SuiteResult[]> {
  await using opened = await openDns(openSuiteZone(scenario.zonedata))
  const results: SuiteResult[] = []
  for (const [name, test] of Object.entries(scenario.tests)) {
    const { result, explanation } = await judge(test, opened.resolver)
    const wanted = typeof test.result === 'string' ? [test.result] : test.result
    const told = noExplanation.has(test.explanation ?? '') ? '' : (test.explanation ?? '')
    const isExplained = test.explanation === undefined || result !== 'fail' || explanation === told
    results.push({
      name,
      passed: wanted.includes(result) && isExplained,
      wanted: `${wanted.join(' or ')}${told === '' ? '' : ` "${told}"`}`,
      got: `${result}${explanation === '' ? '' : ` "${explanation}"`}`,
    })
  }
  return results
}
