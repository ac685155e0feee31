// SPDX-License-Identifier: Apache-2.0
/** How safe the line to a destination must be: what the operator says, else what the destination publishes. */
import type { Route } from '../core/delivery.ts'
import type { CertificatePin, TlsMode } from './session.ts'

export interface TlsPolicy {
  readonly mode: TlsMode
  /** Which of the domain's MX hosts may be used; null: all of them. */
  readonly mayUse: ((exchange: string) => boolean) | null
  /** Who said so, for the log. */
  readonly source: string
}

/** Where policies of whole domains come from, such as MTA-STS (RFC 8461). */
export interface DomainPolicySource {
  /** null: nothing is said about this domain. Rejects when nobody can tell now: the mail then waits. */
  policyFor(domain: string, signal: AbortSignal): Promise<TlsPolicy | null>
}

/** Where demands on one host's certificate come from, such as DANE (RFC 7672). */
export interface HostPolicySource {
  /** null: nothing is demanded of this host. Rejects when nobody can tell now: the host is then not used. */
  pinFor(host: string, port: number, signal: AbortSignal): Promise<CertificatePin | null>
}

export interface TlsPoliciesOptions {
  /** By name of the next hop or, for MX routes, of the mail domain; ".example.org" and "*" as in a route table. */
  readonly table: ReadonlyMap<string, TlsMode>
  /** For everything else. */
  readonly fallback: TlsMode
  /** Asked in this order for MX routes that the table does not name. */
  readonly domains: readonly DomainPolicySource[]
  readonly hosts: readonly HostPolicySource[]
}

export class TlsPolicies {
  readonly #options: TlsPoliciesOptions

  constructor(options: TlsPoliciesOptions) {
    this.#options = options
  }

  async forRoute(route: Route & { readonly host: string }, signal: AbortSignal): Promise<TlsPolicy> {
    const { table, fallback, domains } = this.#options
    const written = entryFor(table, route.host)
    if (written !== undefined) return { mode: written, mayUse: null, source: 'delivery.tls_policies' }
    for (const source of route.kind === 'mx' ? domains : []) {
      const policy = await source.policyFor(route.host, signal)
      if (policy !== null) return policy
    }
    return { mode: fallback, mayUse: null, source: 'delivery.tls' }
  }

  /** The first source that demands something is obeyed; asked only where TLS is used at all. */
  async pinFor(host: string, port: number, mode: TlsMode, signal: AbortSignal): Promise<CertificatePin | null> {
    if (mode === 'none') return null
    for (const source of this.#options.hosts) {
      const pin = await source.pinFor(host, port, signal)
      if (pin !== null) return pin
    }
    return null
  }
}

/** The most exact entry for a name: itself, its parents (".example.org"), "*". */
export function entryFor<T>(table: ReadonlyMap<string, T>, name: string): T | undefined {
  const exact = table.get(name)
  if (exact !== undefined) return exact
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const parent = table.get(name.slice(dot))
    if (parent !== undefined) return parent
  }
  return table.get('*')
}
