// SPDX-License-Identifier: Apache-2.0
/**
 * node postfix-versus.ts FOLDER [PATTERN]: plays every dialogue of postfix-cases.ts (of cases whose name matches the
 * pattern) against a Postfix and a Postern of its own, and writes FOLDER/results.json. Both have the same configuration:
 * Postern's is what `postern import postfix` makes of Postfix's. Must run inside a network namespace of its own.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LoadedConfig, readConfig } from '../../src/config/load.ts'
import { printComplaint, UserError } from '../../src/core/failure.ts'
import { importPostfix } from '../../src/import/postfix.ts'
import { type Case, cases, type Dialogue } from './postfix-cases.ts'
import { play, type Step } from './postfix-client.ts'
import { startListsGateway } from './postfix-gateway.ts'
import { clientAddresses, type Service, serverAddress, startWorld, type World } from './postfix-world.ts'

export interface Result {
  readonly case: string
  readonly dialogue: Dialogue
  readonly postfix: readonly Step[]
  readonly postern: readonly Step[]
}

/** Cases at once: most of the time is waiting. */
const atOnce = 4
const firstPort = 10_100
const ownPort = 20_000

const [directory = '', pattern = ''] = process.argv.slice(2)
const chosen = cases.filter(({ name }) => name.includes(pattern))
const services = chosen.map(({ settings }, i): Service => ({ port: firstPort + i, settings }))
{
  const started = performance.now()
  await using world = await startWorld(directory, services)
  const results = await playAll(world)
  writeFileSync(join(directory, 'results.json'), JSON.stringify({ results, ms: performance.now() - started }))
}
process.exit(0)

async function playAll(world: World): Promise<Result[]> {
  const results: Result[][] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < chosen.length; i = next++) {
      const one = chosen[i]
      const service = services[i]
      if (one === undefined || service === undefined) continue
      const started = performance.now()
      results[i] = await playCase(one, service, world)
      if (process.env['VERSUS_TIMES']) console.error(`${Math.round(performance.now() - started)} ms ${one.name}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results.flat()
}

async function playCase(one: Case, service: Service, world: World): Promise<Result[]> {
  await using _gateway = await gatewayFor(one, service, world)
  const results: Result[] = []
  for (const dialogue of one.dialogues) {
    const from = clientAddresses[dialogue.client] ?? ''
    const host = from.includes(':') ? from : serverAddress
    const [postfix, postern] = await Promise.all([
      play(dialogue, host, service.port, from),
      play(dialogue, host, service.port + ownPort, from),
    ])
    results.push({ case: one.name, dialogue, postfix, postern })
  }
  return results
}

async function gatewayFor(one: Case, service: Service, world: World): Promise<AsyncDisposable> {
  const dataDir = join(world.directory, `postern-${service.port}`)
  mkdirSync(dataDir)
  const imported = importPostfix({
    // What Postfix has as "-o" of a service stands for the whole of Postern.
    mainCf: `${world.mainCf}${Object.entries(one.settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join('')}`,
    masterCf: null,
    mainFile: 'main.cf',
    masterFile: 'master.cf',
    directory: join(world.directory, 'etc'),
    hostname: 'mx.example.org',
    dataDir,
  })
  writeFileSync(join(dataDir, 'postern.toml'), imported.toml)
  const { loaded, complaints } = readConfig(imported.toml, join(dataDir, 'postern.toml'))
  if (complaints.length > 0) throw new Error(`${one.name}: ${complaints.map(printComplaint).join('\n')}`)
  const here = inHere(
    loaded,
    service.port + ownPort,
    one.dialogues.some(({ login }) => login !== null),
  )
  try {
    return await startListsGateway(here, join(world.directory, 'etc'))
  } catch (error) {
    const told = error instanceof UserError ? error.complaints.map(printComplaint).join('\n') : String(error)
    throw new Error(`${one.name}: ${told}`)
  }
}

/** On ports of its own, with the name server of this world. */
function inHere(loaded: LoadedConfig, port: number, auth: boolean): LoadedConfig {
  const { config } = loaded
  const place = { file: 'here', line: 0 }
  const listeners = [serverAddress, `[${clientAddresses['six']}]`].map((host) => ({
    role: 'mx' as const,
    tls: auth ? ('starttls' as const) : ('none' as const),
    auth,
    client_certificates: 'none' as const,
    address: `${host}:${port}`,
    place,
  }))
  return {
    ...loaded,
    config: {
      ...config,
      listeners,
      smtp: { ...config.smtp, greet_wait: 0, error_limit: 1000 },
      dns: { ...config.dns, servers: [{ text: '127.0.0.1', ...place }], timeout: 1000 },
    },
  }
}
