// SPDX-License-Identifier: Apache-2.0
/** uri_detail rules: one address must meet every condition. */
import { search } from './search.ts'
import type { UriCondition } from './tests.ts'
import type { UriDetail, UriList } from './uri-list.ts'

/** The first address that meets all conditions; null when none does. */
export function matchingUri(list: UriList, conditions: readonly UriCondition[]): string | null {
  for (const [uri, detail] of list.details) if (conditions.every((one) => meets(uri, detail, one))) return uri
  return null
}

function meets(uri: string, detail: UriDetail, { target, isNegated, pattern }: UriCondition): boolean {
  for (const text of textsOf(uri, detail, target)) if ((search(pattern, text) !== null) !== isNegated) return true
  return false
}

function textsOf(uri: string, detail: UriDetail, target: UriCondition['target']): Iterable<string> {
  switch (target) {
    case 'raw':
      return [uri]
    case 'type':
      return detail.types
    case 'cleaned':
      return detail.forms
    case 'text':
      return detail.anchorTexts
    case 'domain':
      return new Set(detail.hosts.values())
    case 'host':
      return detail.hosts.keys()
  }
}
