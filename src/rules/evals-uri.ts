// SPDX-License-Identifier: Apache-2.0
/** eval tests of links. */
import { domainOfHost, hasTopLevel, hostOfUri, isIpv4, registeredDomain } from './domains.ts'
import { type EvalTests, yes } from './evals-kit.ts'
import type { HtmlUri } from './html-uris.ts'
import type { Views } from './views.ts'

/** Links over http whose text shows another site's address over https. */
function httpsMismatch(views: Views, [min = '1', max]: readonly string[]): string | null {
  const { registry } = views.settings
  for (const { uris } of views.html) {
    if (!showsHttps(uris)) continue
    let anchors = 0
    let found: string | null = null
    for (const [uri, { anchorTexts }] of uris) {
      const host = anchorTexts.length === 0 ? undefined : /^https?:\/\/([^/:?#]+)/i.exec(uri)?.[1]
      if (host === undefined || isIpv4(host)) continue
      const domain = registeredDomain(registry, host)
      if (!hasTopLevel(registry, domain)) continue
      anchors++
      for (const text of anchorTexts) {
        const shown = /https:\/\/([^\s/:?#]+)/i.exec(text.slice(0, 4000))?.[1]
        if (shown === undefined || (!isIpv4(shown) && !hasTopLevel(registry, shown))) continue
        if (registeredDomain(registry, shown) !== domain) found = `${shown} leads to ${host}`
      }
    }
    if (found !== null && anchors >= Number(min) && (max === undefined || anchors < Number(max))) return found
  }
  return null
}

function showsHttps(uris: ReadonlyMap<string, HtmlUri>): boolean {
  for (const { anchorTexts } of uris.values()) if (anchorTexts.some((text) => /https:\/\//i.test(text))) return true
  return false
}

function ipMismatch(views: Views): string | null {
  const toAddress = /^https?:\/*(?:[^@/]+@)?\d+\.\d+\.\d+\.\d+/i
  for (const { uris } of views.html) {
    for (const [uri, { anchorTexts }] of uris) {
      if (!toAddress.test(uri)) continue
      const shown = anchorTexts.find(
        (text) => /https:/i.test(text) && !/^https:\/*(?:[^@/]+@)?\d+\.\d+\.\d+\.\d+/i.test(text),
      )
      if (shown !== undefined) return uri
    }
  }
  return null
}

/** An address inside another that leads elsewhere. */
function redirector(views: Views): string | null {
  const { registry } = views.settings
  for (const uri of views.uris) {
    const inner = /^https?:\/\/[^/?#]+\/.{0,4000}?(https?:\/\/?[^&#]+)/is.exec(uri)?.[1]
    const [outer, target] = [hostOfUri(registry, uri), inner === undefined ? null : hostOfUri(registry, inner)]
    if (outer === null || target === null) continue
    if (domainOfHost(registry, outer) !== domainOfHost(registry, target)) return uri
  }
  return null
}

export const uriTests: EvalTests = {
  check_https_http_mismatch: httpsMismatch,
  check_https_ip_mismatch: ipMismatch,
  check_for_http_redirector: redirector,
  check_uri_truncated: (views) => yes(views.uriList.hasLongUri),
}
