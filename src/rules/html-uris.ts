// SPDX-License-Identifier: Apache-2.0
/** The addresses that an HTML part refers to. */
import { resolveUri } from './uri-resolve.ts'

export interface HtmlUri {
  /** Elements that refer to it; empty when only the text of a link does. */
  readonly types: Set<string>
  readonly anchorTexts: string[]
}

/** Texts that html_text_match asks for: comment, script, title, anchor. */
export type HtmlTexts = ReadonlyMap<string, readonly string[]>

const maxUri = 8192
const maxUris = 5000

export class HtmlUris {
  readonly all = new Map<string, HtmlUri>()
  /** An address was too long to be kept whole. */
  hasLong = false
  #base = ''

  /** References after this one are resolved against it. */
  setBase(written: string): void {
    const uri = this.clean(written)
    if (!/^(?:https?|ftp):\/{0,2}/i.test(uri)) return
    // A base that names a file stands for its folder.
    const folder = /^([a-z]+:\/{0,2}[^/]+\/(?:.*\/)?)[^/.]+\.[^/.]{2,4}$/i.exec(uri)?.[1] ?? uri
    this.#base = folder.endsWith('/') ? folder : `${folder}/`
  }

  clean(uri: string): string {
    const trimmed = uri.trim()
    if (trimmed.length <= maxUri) return trimmed
    this.hasLong = true
    return trimmed.slice(0, maxUri)
  }

  add(type: string, written: string): void {
    const uri = this.clean(written)
    if (uri === '') return
    const target = /^(?:data|mailto|file|cid|tel):/i.test(uri) ? uri : resolveUri(this.#base, uri)
    if (target !== '') this.entry(target)?.types.add(type)
  }

  /** What is known of an address; null when there are too many. */
  entry(uri: string): HtmlUri | null {
    const known = this.all.get(uri)
    if (known !== undefined) return known
    if (this.all.size >= maxUris) return null
    const made: HtmlUri = { types: new Set(), anchorTexts: [] }
    this.all.set(uri, made)
    return made
  }
}
