// SPDX-License-Identifier: Apache-2.0
/**
 * Plays *.imap files against a listener. One line, one step:
 *
 *   # text                 comment
 *   config NAME=VALUE …    options of the listener, before all else: tls=starttls plaintext=no, or a limit's name
 *   deliver FOLDER         puts a message into user@example.org's folder; its lines follow, each after "| "
 *   external PATH          writes a file below the Maildir, as another program would; lines as above
 *   unlink PATH            removes one
 *   login                  connects and logs in (tags "login")
 *   C: text                sends a line; "\r\n" in it is a line end, so that several arrive at once
 *   S: text                the next line must be this; $name catches a word, or repeats what it caught
 *   S~ text                the next line must begin with this
 *   S* text                lines are passed over up to one that begins with this
 *   tls                    begins TLS on the connection
 *   closed                 the server closes the connection
 *   A> C: …                the same on the connection named A; it is opened at its first use
 */
import assert from 'node:assert/strict'
import { mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import type { ListenImapOptions } from '../../src/imap/listener.ts'
import { account, anImapServer, type TestServer } from './imap-server.ts'

interface Step {
  readonly line: number
  readonly connection: string
  readonly verb: string
  readonly text: string
  readonly body: string[]
}

const answerMs = 5000

export function parseDialogue(text: string): Step[] {
  const steps: Step[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('|')) {
      steps.at(-1)?.body.push(line.slice(2))
      continue
    }
    const [, connection = '', rest = ''] = /^(?:([A-Z])> )?(.*)$/.exec(line) ?? []
    const cut = rest.indexOf(' ')
    const verb = cut < 0 ? rest : rest.slice(0, cut)
    steps.push({ line: index + 1, connection, verb, text: cut < 0 ? '' : rest.slice(cut + 1), body: [] })
  }
  return steps
}

/** @throws AssertionError naming file and line */
export async function playDialogue(path: string): Promise<void> {
  const steps = parseDialogue(await readFile(path, 'utf8'))
  const config = steps[0]?.verb === 'config' ? steps.shift()?.text : undefined
  await using server = await anImapServer(optionsOf(config ?? ''))
  const lines = new Map<string, Peer>()
  const caught = new Map<string, string>()
  try {
    for (const step of steps) {
      try {
        await play(step, server, lines, caught)
      } catch (cause) {
        throw new assert.AssertionError({ message: `${path}:${step.line}: ${(cause as Error).message}` })
      }
    }
  } finally {
    for (const peer of lines.values()) peer.socket.destroy()
  }
}

function optionsOf(text: string): Partial<ListenImapOptions> {
  const pairs = new Map(text.split(' ').map((word) => word.split('=') as [string, string]))
  const tls = pairs.get('tls')
  const limits = [...pairs].filter(([name]) => /^[a-z]+[A-Z]/.test(name)).map(([name, value]) => [name, Number(value)])
  return {
    ...(tls === 'starttls' || tls === 'implicit' ? { tls } : {}),
    allowPlaintextAuth: pairs.get('plaintext') !== 'no',
    limits: Object.fromEntries(limits),
  }
}

interface Peer {
  socket: Socket
  readonly lines: string[]
  rest: string
  ended: boolean
  wake: () => void
}

function listen(peer: Peer, socket: Socket): void {
  peer.socket = socket
  socket.on('data', (chunk: Buffer) => {
    const pieces = (peer.rest + chunk.toString('latin1')).split('\r\n')
    peer.rest = pieces.pop() ?? ''
    peer.lines.push(...pieces)
    peer.wake()
  })
  const end = (): void => {
    peer.ended = true
    peer.wake()
  }
  socket.on('end', end)
  socket.on('error', end)
}

async function peerFor(name: string, server: TestServer, peers: Map<string, Peer>): Promise<Peer> {
  const have = peers.get(name)
  if (have !== undefined) return have
  const socket = connect(server.port, '127.0.0.1')
  const peer: Peer = { socket, lines: [], rest: '', ended: false, wake: () => undefined }
  listen(peer, socket)
  peers.set(name, peer)
  return peer
}

async function nextLine(peer: Peer): Promise<string> {
  const until = AbortSignal.timeout(answerMs)
  for (;;) {
    const line = peer.lines.shift()
    if (line !== undefined) return line
    if (peer.ended) throw new Error('the server has closed the connection')
    await new Promise<void>((resolve, reject) => {
      peer.wake = resolve
      until.onabort = () => reject(new Error(`no answer; unfinished: ${JSON.stringify(peer.rest)}`))
    })
  }
}

async function play(
  step: Step,
  server: TestServer,
  peers: Map<string, Peer>,
  caught: Map<string, string>,
): Promise<void> {
  const fill = (text: string): string => text.replace(/\$([a-z0-9]+)/g, (all, name) => caught.get(name) ?? all)
  const bytes = Buffer.from(step.body.map((line) => `${fill(line)}\r\n`).join(''), 'utf8')
  const path = join(server.maildir, fill(step.text))
  if (step.verb === 'deliver') {
    await server.shelf.deliver(account, step.text === 'Junk' ? 'Junk' : 'INBOX', bytes)
    return
  }
  if (step.verb === 'external') {
    await mkdir(dirname(path), { recursive: true })
    return writeFile(path, bytes)
  }
  if (step.verb === 'unlink') return unlink(path)
  const peer = await peerFor(step.connection, server, peers)
  switch (step.verb) {
    case 'login':
      expectLine(await nextLine(peer), '* OK', false, caught)
      peer.socket.write(`login LOGIN ${account} secret\r\n`)
      return expectLine(await nextLine(peer), 'login OK', false, caught)
    case 'tls': {
      const secure = connectTls({ socket: peer.socket, rejectUnauthorized: false })
      peer.socket.removeAllListeners('data')
      return listen(peer, secure)
    }
    case 'C:':
      peer.socket.write(Buffer.from(`${fill(step.text).replaceAll('\\r\\n', '\r\n')}\r\n`, 'utf8'))
      return
    case 'S:':
    case 'S~':
      return expectLine(await nextLine(peer), step.text, step.verb === 'S:', caught)
    case 'S*':
      for (;;) if ((await nextLine(peer)).startsWith(fill(step.text))) return
    case 'closed':
      while (!peer.ended) await nextLine(peer).catch(() => undefined)
      return
    default:
      throw new Error(`unknown step ${step.verb}`)
  }
}

function expectLine(got: string, wanted: string, whole: boolean, caught: Map<string, string>): void {
  const names: string[] = []
  const source = wanted
    .split(/(\$[a-z0-9]+)/)
    .map((piece) => {
      const name = /^\$([a-z0-9]+)$/.exec(piece)?.[1]
      if (name === undefined) return escapeRegExp(piece)
      const known = caught.get(name)
      if (known !== undefined) return escapeRegExp(known)
      names.push(name)
      return '([^ \\])]+)'
    })
    .join('')
  const found = new RegExp(`^${source}${whole ? '$' : ''}`).exec(got)
  if (found === null) throw new Error(`expected ${JSON.stringify(wanted)}\n     got ${JSON.stringify(got)}`)
  for (const [index, name] of names.entries()) caught.set(name, found[index + 1] ?? '')
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
