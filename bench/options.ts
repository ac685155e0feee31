// SPDX-License-Identifier: Apache-2.0
/** The command line of the bench. */
import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** A server that listens already, measured beside ours. */
export interface Peer {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Where its mail arrives; null: not counted. */
  readonly maildir: string | null
  /** Roots of its process trees; none: neither processor time nor memory is measured. */
  readonly pids: readonly number[]
}

export interface BenchOptions {
  readonly dir: string
  readonly limit: number
  readonly repeat: number
  readonly rounds: number
  readonly warmUp: number
  readonly connections: number
  readonly perConnection: number
  readonly from: string
  readonly to: readonly string[]
  readonly helo: string
  readonly timeoutMs: number
  readonly settleMs: number
  readonly trusted: boolean
  readonly dns: string | null
  /** Settings of Postern's config that the bench changes: dotted key and TOML value. */
  readonly settings: readonly (readonly [key: string, value: string])[]
  readonly nodeFlags: readonly string[]
  /** Measures a server that discards beside the others: the most that the client can send. */
  readonly sink: boolean
  readonly ours: boolean
  readonly json: boolean
  readonly peers: readonly Peer[]
}

export const usage = `npm run bench -- [options]

Replays real messages over SMTP into a Postern of its own and, beside it, into peers that listen.

  --dir DIR               the messages, one a file, folders below included (corpus/)
  --limit N               at most so many of them, evenly spread (all)
  --repeat N              send the folder so many times in a round (1)
  --rounds N              rounds for each server; every other one runs in reverse order (2)
  --warm-up N             messages sent to each server before anything is measured (100)
  --connections N         connections at once (20)
  --per-connection N      messages in one connection (10)
  --from A --to B --helo H   the envelope; --to may be repeated
  --timeout S, --settle S    seconds to wait for a reply (120), and for the last files (60)
  --trusted               Postern counts the client among its mynetworks: no wait before the greeting
  --dns HOST:PORT         name server for Postern (one of the bench's own, which knows the sender's domain only)
  --set KEY=VALUE         a setting of Postern's config, the value as TOML writes it; may be repeated
  --node-flag FLAG        a flag for Postern's node, such as --max-semi-space-size=8; may be repeated
  --sink                  a server that discards, beside the others: what the client can send at most
  --no-postern            measure the peers alone
  --json                  one JSON object instead of the table
  --against HOST:PORT[=NAME]   a peer; may be repeated; the next two belong to the peer named last
  --against-maildir DIR   where the peer's mail arrives
  --against-pid PID|FILE  its process, or its pid file; may be repeated
`

const flags = {
  dir: { type: 'string', default: 'corpus' },
  limit: { type: 'string', default: '0' },
  repeat: { type: 'string', default: '1' },
  rounds: { type: 'string', default: '2' },
  'warm-up': { type: 'string', default: '100' },
  connections: { type: 'string', default: '20' },
  'per-connection': { type: 'string', default: '10' },
  from: { type: 'string', default: 's@sender.example' },
  to: { type: 'string', multiple: true },
  helo: { type: 'string', default: 'client.sender.example' },
  timeout: { type: 'string', default: '120' },
  settle: { type: 'string', default: '60' },
  trusted: { type: 'boolean', default: false },
  dns: { type: 'string' },
  set: { type: 'string', multiple: true },
  'node-flag': { type: 'string', multiple: true },
  sink: { type: 'boolean', default: false },
  'no-postern': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  against: { type: 'string', multiple: true },
  'against-maildir': { type: 'string', multiple: true },
  'against-pid': { type: 'string', multiple: true },
  help: { type: 'boolean', default: false },
} as const

/** null: help was asked for. Throws an Error that says what is wrong. */
export function readOptions(argv: readonly string[]): BenchOptions | null {
  const { values, tokens } = parseArgs({ args: [...argv], options: flags, tokens: true })
  if (values.help) return null
  const options = tokens.filter((token) => token.kind === 'option')
  const peers = readPeers(options.map(({ name, value }) => ({ name, value: value ?? '' })))
  if (values['no-postern'] && !values.sink && peers.length === 0) throw new Error('--no-postern needs --against')
  return {
    dir: values.dir,
    limit: whole('limit', values.limit, 0),
    repeat: whole('repeat', values.repeat, 1),
    rounds: whole('rounds', values.rounds, 1),
    warmUp: whole('warm-up', values['warm-up'], 0),
    connections: whole('connections', values.connections, 1),
    perConnection: whole('per-connection', values['per-connection'], 1),
    from: values.from,
    to: values.to ?? ['u@example.org'],
    helo: values.helo,
    timeoutMs: whole('timeout', values.timeout, 1) * 1000,
    settleMs: whole('settle', values.settle, 1) * 1000,
    trusted: values.trusted,
    dns: values.dns ?? null,
    nodeFlags: values['node-flag'] ?? [],
    settings: (values.set ?? []).map(readSetting),
    sink: values.sink,
    ours: !values['no-postern'],
    json: values.json,
    peers,
  }
}

function whole(name: string, text: string, min: number): number {
  const value = Number(text)
  if (/^\d{1,7}$/.test(text) && value >= min) return value
  throw new Error(`--${name} is ${text}, expected a whole number of at least ${min}`)
}

/** KEY=VALUE, the value as TOML writes it. */
export function readSetting(text: string): readonly [string, string] {
  const [, key = '', value = ''] = /^([a-z_.]+)=(.+)$/.exec(text) ?? []
  if (key === '') throw new Error(`--set ${text}: expected KEY=VALUE`)
  return [key, value]
}

function readPeers(options: readonly { readonly name: string; readonly value: string }[]): Peer[] {
  const peers: Peer[] = []
  for (const { name, value } of options) {
    if (name === 'against') {
      peers.push(readPeer(value))
      continue
    }
    if (name !== 'against-maildir' && name !== 'against-pid') continue
    const last = peers.pop()
    if (last === undefined) throw new Error(`--${name} stands before any --against`)
    peers.push(
      name === 'against-maildir' ? { ...last, maildir: value } : { ...last, pids: [...last.pids, readPid(value)] },
    )
  }
  return peers
}

function readPeer(text: string): Peer {
  const parts = /^(.+):(\d{1,5})(?:=(.+))?$/.exec(text)
  const [, host = '', port = '', name = `${host}:${port}`] = parts ?? []
  if (host === '') throw new Error(`--against ${text}: expected HOST:PORT or HOST:PORT=NAME`)
  return { name, host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port), maildir: null, pids: [] }
}

function readPid(text: string): number {
  const written = /^\d+$/.test(text) || !existsSync(text) ? text : readFileSync(text, 'utf8').trim()
  if (/^\d+$/.test(written) && existsSync(`/proc/${written}`)) return Number(written)
  throw new Error(`--against-pid ${text}: no such process`)
}
