// SPDX-License-Identifier: Apache-2.0
/** check_policy_service against a service of its own, over TCP and Unix sockets. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import {
  PolicyClient,
  type PolicyClientOptions,
  type PolicyEndpoint,
} from '../../../src/restrictions/policy-service-client.ts'
import { realClock } from '../../../src/service/real-world.ts'

const dir = mkdtempSync(join(tmpdir(), 'policy-'))
after(() => rmSync(dir, { recursive: true }))

type Answer = (request: string, socket: Socket, connection: number) => void

interface Service extends AsyncDisposable {
  readonly endpoint: PolicyEndpoint
  readonly connections: () => number
}

async function serve(answer: Answer, path: string | null = null): Promise<Service> {
  const open = new Set<Socket>()
  let connections = 0
  const server: Server = createServer((socket) => {
    const number = ++connections
    open.add(socket)
    let text = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      text += chunk.toString()
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        answer(text.slice(0, end), socket, number)
        text = text.slice(end + 2)
      }
    })
  })
  if (path === null) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  const bound = server.address()
  return {
    endpoint:
      path === null && typeof bound === 'object' ? { host: '127.0.0.1', port: bound?.port ?? 0 } : { path: path ?? '' },
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function client(endpoint: PolicyEndpoint, more: Partial<PolicyClientOptions> = {}): PolicyClient {
  const usual = { timeoutMs: 2000, tries: 1, retryDelayMs: 5, maxIdleMs: 60_000, maxTtlMs: 60_000 }
  return new PolicyClient({ endpoint, clock: realClock, ...usual, ...more })
}

const never = new AbortController().signal
const question = 'request=smtpd_access_policy\n\n'

describe('a policy service', () => {
  test('is asked over TCP, and again over the same connection', async () => {
    await using service = await serve((_, socket) => socket.write('action=DUNNO\n\n'))
    const asking = client(service.endpoint)
    assert.equal(await asking.ask(question, never), 'action=DUNNO')
    assert.equal(await asking.ask(question, never), 'action=DUNNO')
    assert.equal(service.connections(), 1)
  })

  test('is asked over a Unix socket', async () => {
    await using service = await serve((_, socket) => socket.write('action=REJECT no\n\n'), join(dir, 'socket'))
    assert.equal(await client(service.endpoint).ask(question, never), 'action=REJECT no')
  })

  test('answers two questions at once on two connections', async () => {
    await using service = await serve(
      (request, socket) => void setTimeout(() => socket.write(`action=${request}\n\n`), 20),
    )
    const asking = client(service.endpoint)
    assert.deepEqual(await Promise.all([asking.ask('a\n\n', never), asking.ask('b\n\n', never)]), [
      'action=a',
      'action=b',
    ])
    assert.equal(service.connections(), 2)
  })

  test('may send its answer in pieces', async () => {
    await using service = await serve((_, socket) => {
      socket.write('action=')
      setTimeout(() => socket.write('HOLD\n'), 10)
      setTimeout(() => socket.write('\n'), 20)
    })
    assert.equal(await client(service.endpoint).ask(question, never), 'action=HOLD')
  })

  test('that has closed an idle connection is asked over a new one', async () => {
    await using service = await serve((_, socket, number) => {
      socket.write('action=OK\n\n')
      if (number === 1) socket.end()
    })
    const asking = client(service.endpoint)
    await asking.ask(question, never)
    assert.equal(await asking.ask(question, never), 'action=OK')
    assert.equal(service.connections(), 2)
  })

  test('that hangs up is asked as often as was set, and then given up', async () => {
    await using service = await serve((_, socket) => void socket.destroy())
    await assert.rejects(client(service.endpoint, { tries: 3 }).ask(question, never))
    assert.equal(service.connections(), 3)
  })

  test('that stays silent is given up after its time', async () => {
    await using service = await serve(() => undefined)
    await assert.rejects(client(service.endpoint, { timeoutMs: 50 }).ask(question, never), /no reply in time/)
  })

  test('that talks without end is given up', async () => {
    await using service = await serve((_, socket) => socket.write('x'.repeat(20_000)))
    await assert.rejects(client(service.endpoint).ask(question, never), /does not end/)
  })

  test('that is not there is a failure', async () => {
    const service = await serve(() => undefined)
    await service[Symbol.asyncDispose]()
    await assert.rejects(client(service.endpoint).ask(question, never))
  })
})
