// SPDX-License-Identifier: Apache-2.0
/** What the classifier wants to know of a message; small, so that any reader can fill it. */
export interface BayesInput {
  /** In their order, names in lower case, values decoded (RFC 2047) and unfolded; without fields that receivers write. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** What a person reads: plain parts and the visible text of HTML parts. */
  readonly texts: readonly string[]
  /** Targets of links, images and forms, and addresses written in the text. */
  readonly links: readonly string[]
  readonly attachments: readonly { readonly name: string; readonly type: string }[]
  /** How it is built: "type:text/html", "charset:gb2312", "tag:iframe" … */
  readonly facts: readonly string[]
}
