// SPDX-License-Identifier: Apache-2.0
/**
 * Runs published suites that lie outside of this repository through the same function that judges mail:
 *
 *   npm run suites -- [--wire] [--verbose] FILE.yml ...
 *
 * SPF: the YAML of the RFC 7208 test suite. ARC: the validation and the signing tests of the arc_test_suite. --wire asks a
 * name server on loopback through the gateway's own resolver; otherwise answers come from memory.
 */
import { readFileSync } from 'node:fs'
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { Resolver } from '../../src/core/ports.ts'
import { createResolver, resolverDefaults } from '../../src/dns/resolver.ts'
import { openTransport } from '../../src/dns/transport.ts'
import { realClock } from '../../src/service/real-world.ts'
import { serveZone } from '../support/dns-server.ts'
import { silentMeter } from '../support/silent.ts'
import type { Zone } from '../support/zone.ts'
import { zoneResolver } from '../support/zone-resolver.ts'
import { type ArcScenario, runArcScenario } from './arc-suite.ts'
import { runSpfScenario, type SpfScenario } from './spf-suite.ts'

export interface SuiteResult {
  readonly name: string
  readonly passed: boolean
  readonly wanted: string
  readonly got: string
}

export type OpenDns = (zone: Zone) => Promise<AsyncDisposable & { readonly resolver: Resolver }>

export const dnsFromMemory: OpenDns = async (zone) => ({
  resolver: zoneResolver(zone),
  async [Symbol.asyncDispose]() {},
})

/** Through sockets: c-ares reads what a server on loopback says. Silence is given up quickly. */
export const dnsOverWire: OpenDns = async (zone) => {
  const server = await serveZone(zone)
  const transport = openTransport({ servers: [server.address], tryTimeoutMs: 150, tries: 1 })
  const resolver = createResolver({
    ...resolverDefaults,
    transport,
    clock: realClock,
    meter: silentMeter,
    deadlineMs: 500,
  })
  return { resolver, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

type Scenario = SpfScenario | ArcScenario

/** Every scenario of a file. Values stay the strings that they are: "1e3" is nobody's number here. */
export function readSuite(path: string): Scenario[] {
  return parseAllDocuments(readFileSync(path, 'utf8'), { schema: 'failsafe', version: '1.1' })
    .map((document) => document.toJS() as Scenario | null)
    .filter((scenario) => scenario !== null)
}

export async function runSuite(path: string, openDns: OpenDns): Promise<SuiteResult[]> {
  const results: SuiteResult[] = []
  for (const scenario of readSuite(path)) {
    results.push(
      ...('zonedata' in scenario ? await runSpfScenario(scenario, openDns) : await runArcScenario(scenario, openDns)),
    )
  }
  return results
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv.slice(2),
    allowPositionals: true,
    options: { wire: { type: 'boolean', default: false }, verbose: { type: 'boolean', default: false } },
  })
  let failed = positionals.length === 0 ? 1 : 0
  for (const path of positionals) {
    const results = await runSuite(path, values.wire ? dnsOverWire : dnsFromMemory)
    const wrong = results.filter((result) => !result.passed)
    for (const { name, passed, wanted, got } of values.verbose ? results : wrong) {
      stdout.write(`${passed ? 'ok    ' : 'WRONG '} ${name}: wanted ${wanted}, got ${got}\n`)
    }
    stdout.write(`${path}: ${results.length} cases, ${results.length - wrong.length} right, ${wrong.length} wrong\n`)
    failed += wrong.length
  }
  exit(failed === 0 ? 0 : 1)
}

if (import.meta.main) await main()
