// SPDX-License-Identifier: Apache-2.0
/** Tables that are read from top to bottom, with "if" and "!": what cidr, regexp and pcre tables have in common. */
import { Complaints, missing, type Read, type TableAnswer } from './table.ts'
import type { LogicalLine } from './words.ts'

/** One line: a test and what follows from it. */
export interface Guard<K> {
  readonly negative: boolean
  readonly matches: (key: K) => boolean
}
export interface Rule<K> extends Guard<K> {
  readonly answer: (key: K) => TableAnswer
}
export type Line<K> =
  | { readonly kind: 'rule'; readonly rule: Rule<K> }
  | { readonly kind: 'if'; readonly guard: Guard<K> }

type Step<K> =
  | { readonly kind: 'rule'; readonly rule: Rule<K> }
  /** end: where to go on when the test fails. */
  | { readonly kind: 'if'; readonly guard: Guard<K>; end: number }

/**
 * Reads lines with `read`, which returns what is wrong with a line as a string; keeps "if" and "endif" in pairs.
 * Returns the search: the answer of the first rule that holds.
 */
export function parseGuarded<K>(
  lines: readonly LogicalLine[],
  file: string,
  read: (text: string, place: string) => Line<K> | string,
): Read<(key: K) => TableAnswer> {
  const complaints = new Complaints(file)
  const steps: Step<K>[] = []
  const open: { readonly step: Step<K> & { kind: 'if' }; readonly line: number }[] = []
  for (const { text, line } of lines) {
    if (/^endif\b/i.test(text)) {
      const opened = open.pop()
      if (opened === undefined) complaints.add(line, '"endif" without its "if"')
      else opened.step.end = steps.length
      continue
    }
    const parsed = read(text, `${file}:${line}`)
    if (typeof parsed === 'string') complaints.add(line, parsed)
    else if (parsed.kind === 'rule') steps.push(parsed)
    else {
      const step = { kind: 'if' as const, guard: parsed.guard, end: 0 }
      steps.push(step)
      open.push({ step, line })
    }
  }
  for (const { line } of open) complaints.add(line, '"if" without its "endif"')
  return complaints.read((key: K) => search(steps, key))
}

function search<K>(steps: readonly Step<K>[], key: K): TableAnswer {
  for (let at = 0; at < steps.length; ) {
    const step = steps[at]
    if (step === undefined) break
    if (step.kind === 'rule') {
      if (step.rule.matches(key) !== step.rule.negative) return step.rule.answer(key)
      at++
    } else at = step.guard.matches(key) !== step.guard.negative ? at + 1 : step.end
  }
  return missing
}
