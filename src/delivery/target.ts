// SPDX-License-Identifier: Apache-2.0
/** Route → the hosts to try in their order, each with the TLS and the credentials that belong to it. */
import type { Route } from '../core/delivery.ts'
import type { Reply } from '../core/reply.ts'
import { type Host, hostsOf, type MxOptions } from './mx.ts'
import type { Credentials, Target, TlsMode } from './session.ts'
import type { TlsPolicies, TlsPolicy } from './tls-policy.ts'

/** A route to another host. */
export type RemoteRoute = Extract<Route, { readonly host: string }>

export interface TargetOptions {
  readonly mx: MxOptions
  readonly tls: TlsPolicies
  /** null: the next hop asks for none. */
  readonly credentialsFor: (host: string, port: number) => Promise<Credentials | null>
}

export type Targets =
  | { readonly kind: 'targets'; readonly targets: readonly Target[] }
  /** gone: another relay may know better; see fallback_relay. */
  | { readonly kind: 'none'; readonly reply: Reply; readonly gone: boolean }

const policyUnknown: Reply = {
  code: 451,
  enhanced: '4.7.5',
  text: 'The TLS policy of the destination is not known now',
}
/** RFC 8461 §4.1: an MX host that the policy does not name is not used. */
const noneAllowed: Reply = { code: 451, enhanced: '4.7.5', text: 'No mail host is among those of the TLS policy' }

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('/')
}

/** Passwords are not said in clear, whatever the policy: only to ourselves. */
function modeFor(mode: TlsMode, credentials: Credentials | null, address: string): TlsMode {
  return credentials === null || mode === 'verify' || isLoopback(address) ? mode : 'encrypt'
}

/**
 * Where a route's mail may be handed over now. verify: the message itself demands it (REQUIRETLS). Never rejects: what
 * cannot be found out is a reply.
 */
export async function targetsOf(
  route: RemoteRoute,
  options: TargetOptions,
  verify: boolean,
  signal: AbortSignal,
): Promise<Targets> {
  try {
    const found = await hostsOf(route, options.mx, signal)
    if (found.kind === 'none') return found
    const policy = await options.tls.forRoute(route, signal)
    const demanded = verify ? { ...policy, mode: 'verify' as const } : policy
    const targets: Target[] = []
    for (const host of found.hosts) {
      if (policy.mayUse?.(host.name) ?? true) targets.push(await targetOf(route, host, demanded, options, signal))
    }
    return targets.length > 0 ? { kind: 'targets', targets } : { kind: 'none', reply: noneAllowed, gone: false }
  } catch {
    return { kind: 'none', reply: policyUnknown, gone: false }
  }
}

async function targetOf(
  route: RemoteRoute,
  host: Host,
  policy: TlsPolicy,
  options: TargetOptions,
  signal: AbortSignal,
): Promise<Target> {
  const { name, address } = host
  const { port } = route
  const credentials = await options.credentialsFor(route.kind === 'mx' ? name : route.host, port)
  const mode = modeFor(policy.mode, credentials, address)
  const pin = port === 0 ? null : await options.tls.pinFor(name, port, mode, signal)
  const tls = pin !== null && mode === 'may' ? 'encrypt' : mode
  return { lmtp: route.kind === 'lmtp', host: name, address, port, tls, pin, credentials }
}

/** "mx.example.org[192.0.2.1]:25", as it stands in the log. */
export function relayOf(target: Target): string {
  if (target.port === 0) return target.address
  return `${target.host}[${target.address}]:${target.port}`
}
