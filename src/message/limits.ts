// SPDX-License-Identifier: Apache-2.0
/** What one message may cost. Beyond a ceiling the rest is not read, and the message says so in its defects. */
export const limits = {
  /** Multiparts and attached messages inside each other. */
  depth: 30,
  parts: 1000,
  /** Fields of one header section. */
  headerFields: 1000,
  /** Bytes of one header section. */
  headerBytes: 262_144,
  /** Parameters of one field (RFC 2231). */
  parameters: 64,
  /** Decoded bytes that are read as text of one part. */
  textBytes: 524_288,
  /** Characters of visible text of the whole message. */
  visibleChars: 524_288,
  links: 2000,
  /** Characters of one link. */
  linkChars: 4096,
  receivedHops: 50,
  /** Elements inside each other that the HTML reader keeps track of. */
  htmlDepth: 200,
} as const

export type Defect =
  | 'too-deep'
  | 'too-many-parts'
  | 'too-many-fields'
  | 'header-too-long'
  | 'bad-header-line'
  | 'no-boundary'
  | 'unclosed-multipart'
  | 'no-header-end'
