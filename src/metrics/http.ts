// SPDX-License-Identifier: Apache-2.0
/** /metrics, /healthz and /readyz. The one door to hono and its server. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Metrics } from './registry.ts'

export interface HttpOptions {
  readonly host: string
  readonly port: number
  readonly metrics: Metrics
  /** Why the gateway is not ready to take mail; empty when it is. */
  readonly notReady: () => Promise<readonly string[]>
}

export interface HttpListening extends AsyncDisposable {
  readonly port: number
}

/** Rejects with node's listen error when the address cannot be had. */
export async function listenHttp(options: HttpOptions): Promise<HttpListening> {
  const app = new Hono()
  app.get('/metrics', async (c) =>
    c.body(await options.metrics.text(), 200, { 'Content-Type': options.metrics.contentType }),
  )
  app.get('/healthz', (c) => c.text('ok\n'))
  app.get('/readyz', async (c) => {
    const reasons = await options.notReady()
    return reasons.length === 0 ? c.text('ready\n') : c.text(`${reasons.join('\n')}\n`, 503)
  })
  app.get('/', (c) => c.text('Postern: /metrics /healthz /readyz\n'))
  const server = createServer(getRequestListener(app.fetch))
  server.requestTimeout = 30_000
  server.headersTimeout = 10_000
  server.maxConnections = 100
  server.listen({ host: options.host, port: options.port })
  await once(server, 'listening')
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
