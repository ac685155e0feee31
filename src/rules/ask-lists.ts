// SPDX-License-Identifier: Apache-2.0
/** The first half of running rules: whatever they want to know from DNS lists is asked, before any of them runs. */
import type { SymbolName } from '../core/brand.ts'
import { type Evidence, fact, type SymbolSpec } from '../core/evidence.ts'
import { runSteps, type Steps } from '../kit/steps.ts'
import type { Message } from '../message/open.ts'
import type { CompiledRules } from './compile.ts'
import type { RuleFacts } from './facts.ts'
import { Inquiry, type LookupLimits, type LookupPorts, Lookups } from './lookups.ts'
import type { Tally } from './matcher.ts'
import { stepsOn } from './run.ts'
import { Views } from './views.ts'

export const lookupDefaults: LookupLimits = { queries: 250, dnsMs: 6000 }

const silence = 'RULES_LIST_SILENT'
/** What this room says about its own work, beside what the rules say. */
export const listSymbols: readonly SymbolSpec[] = [
  {
    name: silence as SymbolName,
    group: 'rules',
    points: 0,
    describes: 'A DNS list that a rule asks gave no answer; the rule neither hits nor fails to.',
    source: 'rules',
  },
]

/** Answers lead to further questions: name servers, their addresses, what lists say of those. */
const maxRounds = 4
/** Names without an answer that are told. */
const maxTold = 5

/** True where a rule asks a list, and nothing in the files forbids it. */
export function asksLists({ lists, settings }: CompiledRules): boolean {
  return lists.length > 0 && settings.dns.values.get('dns_available') !== 'no'
}

/** Every rule that hits, DNS lists asked. Resolves within the limits whatever the message or the DNS does. */
export async function runWithLists(
  rules: CompiledRules,
  message: Message,
  facts: RuleFacts,
  limits: LookupLimits,
  ports: LookupPorts,
): Promise<Evidence[]> {
  return runSteps(await askFirst(rules, new Views(message, facts, rules.settings), limits, ports, rules.tally))
}

/** Asks; what is left to do then waits for nothing more. */
export async function askFirst(
  rules: CompiledRules,
  views: Views,
  limits: LookupLimits,
  ports: LookupPorts,
  tally: Tally,
): Promise<Steps<Evidence[]>> {
  if (!asksLists(rules)) return stepsOn(rules, views, tally)
  const lookups = new Lookups(rules.settings.dns, limits, rules.blocked, views.facts.now)
  views.lookups = lookups
  await ask(rules, views, lookups, limits, ports)
  return stepsAndTroubles(stepsOn(rules, views, tally), lookups)
}

function* stepsAndTroubles(steps: Steps<Evidence[]>, lookups: Lookups): Steps<Evidence[]> {
  const evidence = yield* steps
  const troubles = [...lookups.troubles].slice(0, maxTold).map(([name, because]) => `${name}: ${because}`)
  return troubles.length === 0 ? evidence : [...evidence, fact(silence, ...troubles)]
}

/** Made once: an error's stack costs more than what it says here. */
const tooLate = new Error('the time for DNS is over')

async function ask(
  rules: CompiledRules,
  views: Views,
  lookups: Lookups,
  { dnsMs }: LookupLimits,
  { dns, clock, signal }: LookupPorts,
): Promise<void> {
  const deadline = new AbortController()
  const done = new AbortController()
  const giveUp = (): void => deadline.abort(tooLate)
  clock.sleep(dnsMs, done.signal).then(giveUp, () => undefined)
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    for (let round = 0; round < maxRounds; round++) {
      for (const { test } of rules.lists) test(views, new Inquiry(lookups))
      if (!lookups.isWanting) return
      await lookups.settle(dns, deadline.signal)
    }
  } finally {
    signal.removeEventListener('abort', giveUp)
    done.abort(tooLate)
  }
}
