// SPDX-License-Identifier: Apache-2.0
/** The part of mailauth 7.1 that its own types leave out, as far as mailauth.ts uses it. */
declare module 'mailauth/lib/dkim/dkim-verifier.js' {
  import type { ARCSigningData, DKIMResult, DNSResolver } from 'mailauth'

  /** What the verifier asks of a body hash. */
  export interface BodyHasher {
    bodyHashedBytes: number
    canonicalizedLength: number
    byteLength: number
    hash?: string
    mimeStructureStart?: number | undefined
    digest(encoding: 'base64'): string
    getMimeStructureStart(): number | undefined
    setContentType?(value: unknown): void
  }

  export class DkimVerifier {
    constructor(options: { resolver: DNSResolver; strict: boolean; curTime: Date; sender?: string })
    /** Keys are "canonicalization:hash:length"; the length is empty where there is no l=. */
    readonly bodyHashes: Map<string, BodyHasher>
    readonly headerFrom: string[]
    readonly fromFields: number
    readonly results: DKIMResult[]
    readonly arc: ARCSigningData
    messageHeaders(headers: {
      parsed: { key: string; casedKey: string; line: Buffer }[]
      original: Buffer
    }): Promise<void>
    finalChunk(): Promise<void>
  }
}
