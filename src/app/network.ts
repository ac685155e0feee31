// SPDX-License-Identifier: Apache-2.0
/** Name lookups as the config wants them. */
import type { LoadedConfig } from '../config/load.ts'
import type { Clock, Meter } from '../core/ports.ts'
import { createResolver, type GatewayResolver, resolverDefaults } from '../dns/resolver.ts'
import { openTransport } from '../dns/transport.ts'

export function openNetwork({ config }: LoadedConfig, clock: Clock, meter: Meter): GatewayResolver {
  const servers = config.dns.servers.map((server) => server.text)
  const transport = openTransport({
    servers,
    tryTimeoutMs: resolverDefaults.tryTimeoutMs,
    tries: resolverDefaults.tries,
    trustAd: config.dns.trust_ad,
  })
  const { cacheEntries, cacheTimes } = resolverDefaults
  return createResolver({ transport, clock, meter, deadlineMs: config.dns.timeout, cacheEntries, cacheTimes })
}
