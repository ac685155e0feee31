// SPDX-License-Identifier: Apache-2.0
/** Would these lists carry a stranger's mail to anywhere? Such a configuration is refused at start. */
import type { Complaint } from '../core/failure.ts'
import type { ChainStage } from '../core/ruling.ts'
import { Misspelt } from './build.ts'
import { scanText, type WrittenLine } from './scan.ts'

export interface RelaySpec {
  readonly lists: Readonly<Record<ChainStage, readonly WrittenLine[]>>
  readonly classes: Readonly<Record<string, readonly WrittenLine[]>>
}

/** What keeps a stranger's mail for a stranger's domain out, where it stands without a condition before it. */
const guards = new Set(['reject', 'defer', 'defer_if_permit', 'reject_unauth_destination', 'defer_unauth_destination'])

type End =
  | { readonly kind: 'guarded' }
  /** Everybody passes at this line. */
  | { readonly kind: 'open'; readonly line: WrittenLine }
  | { readonly kind: 'through' }

/**
 * Mail passes when both the relay and the recipient list let it pass, so one of them must hold a guard, and before it
 * nothing that permits everybody. What permits by condition (mynetworks, logins, tables) is the operator's decision.
 */
export function relayComplaint(spec: RelaySpec): Complaint | null {
  const ends = [walk(spec.lists.relay, spec, 0), walk(spec.lists.recipient, spec, 0)]
  if (ends.some((end) => end.kind === 'guarded')) return null
  const open = ends.find((end) => end.kind === 'open')
  const hint = 'put reject_unauth_destination before it'
  if (open !== undefined)
    return {
      file: open.line.file,
      line: open.line.line,
      text: 'this would make an open relay: it permits everybody',
      hint,
    }
  const [place = { file: 'restrictions', line: 0 }] = [...spec.lists.relay, ...spec.lists.recipient]
  return {
    file: place.file,
    line: place.line,
    text: 'this would make an open relay: neither the relay nor the recipient list refuses mail for other domains',
    hint: 'add reject_unauth_destination to the relay list',
  }
}

function walk(lines: readonly WrittenLine[], spec: RelaySpec, depth: number): End {
  for (const line of lines) {
    for (const written of scanned(line.text)) {
      const isTriedOut = written.warnOnly || written.scored !== null
      if (guards.has(written.name) && !isTriedOut) return { kind: 'guarded' }
      if (written.name === 'permit' || permitsAll(written.argument)) return { kind: 'open', line }
      const named = spec.classes[written.name]
      if (named === undefined || depth > 20) continue
      const end = walk(named, spec, depth + 1)
      if (end.kind === 'open') return end
      if (end.kind === 'guarded' && !isTriedOut) return end
    }
  }
  return { kind: 'through' }
}

function permitsAll(argument: string | null): boolean {
  return argument !== null && /^static:\{?\s*(?:ok|relay|permit|\d+)(?:\s|\}|$)/i.test(argument)
}

/** A line that cannot be read is complained about elsewhere. */
function scanned(text: string): ReturnType<typeof scanText> {
  try {
    return scanText(text, null)
  } catch (error) {
    if (error instanceof Misspelt) return []
    throw error
  }
}
