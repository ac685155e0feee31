// SPDX-License-Identifier: Apache-2.0
/** The part of mailauth 7.1 that its own types leave out, as far as mailauth.ts uses it. */
declare module 'mailauth/lib/dkim/dkim-verifier.js' {
  import type { DNSResolver } from 'mailauth'

  export class DkimVerifier {
    constructor(options: { resolver: DNSResolver; strict: boolean; curTime: Date; sender?: string })
    readonly headerFrom: string[]
    readonly fromFields: number
    messageHeaders(headers: { parsed: { key: string; line: Buffer }[]; original: Buffer }): Promise<void>
  }
}
