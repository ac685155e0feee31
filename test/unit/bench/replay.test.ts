// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { wireForm } from '../../../bench/messages.ts'
import { readOptions } from '../../../bench/options.ts'
import { type ReplayOptions, replay } from '../../../bench/replay.ts'
import { type Round, summarize } from '../../../bench/report.ts'

describe('wireForm', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['ends every line with CRLF', 'A: b\n\nc\rd\r\n', 'A: b\r\n\r\nc\r\nd\r\n.\r\n'],
    ['ends the last line', 'A: b\r\n\r\nc', 'A: b\r\n\r\nc\r\n.\r\n'],
    ['doubles dots at the start of lines only', '.a\n..\nb.c\n.', '..a\r\n...\r\nb.c\r\n..\r\n.\r\n'],
    ['leaves out the line of an mbox', 'From a@b Mon\nA: b\n\nFrom here on\n', 'A: b\r\n\r\nFrom here on\r\n.\r\n'],
    ['sends nothing but the dot for an empty file', '', '.\r\n'],
  ]
  for (const [title, raw, wire] of cases)
    it(title, () => assert.equal(wireForm(Buffer.from(raw, 'latin1')).toString('latin1'), wire))

  it('keeps every other byte', () => {
    const raw = Buffer.from([0, 9, 0x80, 0xff, 0x1a])
    assert.deepEqual(wireForm(raw).subarray(0, 5), raw)
  })
})

/** A server that answers in two pieces, refuses what says so, and hangs up after so many messages in a connection. */
async function sink(perConnection: number) {
  const bodies: string[] = []
  const talk = (socket: Socket) => {
    socket.setNoDelay(true)
    let text = ''
    let inData = false
    let taken = 0
    const say = (reply: string) => {
      socket.write(reply.slice(0, 2))
      setImmediate(() => socket.write(reply.slice(2)))
    }
    const hear = (line: string): string => {
      if (line.startsWith('EHLO')) return '250-sink\r\n250 SIZE\r\n'
      if (line === 'DATA') {
        inData = true
        return '354 go\r\n'
      }
      return line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n'
    }
    say('220 sink\r\n')
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (;;) {
        const mark = inData ? '\r\n.\r\n' : '\r\n'
        const end = text.indexOf(mark)
        if (end < 0) return
        const piece = text.slice(0, end)
        text = text.slice(end + mark.length)
        if (!inData) say(hear(piece))
        else {
          inData = false
          taken++
          bodies.push(`${piece}\r\n`.replace(/^\./gm, ''))
          if (piece.includes('refuse')) say('554 no\r\n')
          else if (taken > perConnection) socket.end('421 enough\r\n')
          else say('250 taken\r\n')
        }
      }
    })
  }
  const server = createServer(talk).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return { port, bodies, [Symbol.dispose]: () => void server.close() }
}

const options = (port: number): ReplayOptions => ({
  host: '127.0.0.1',
  port,
  connections: 3,
  perConnection: 4,
  from: 's@sender.example',
  to: ['u@example.org'],
  helo: 'client.sender.example',
  timeoutMs: 10_000,
})

describe('replay', () => {
  it('sends every message once, whole, and counts the replies', async () => {
    using server = await sink(1000)
    const raw = Array.from(
      { length: 25 },
      (_, i) => `N: ${i}\r\n\r\n.dots\r\n..\r\n${i % 10 === 3 ? 'refuse\r\n' : ''}`,
    )
    const done = await replay(
      raw.map((text) => wireForm(Buffer.from(text))),
      options(server.port),
    )
    assert.deepEqual(done.codes, { 250: 22, 554: 3 })
    assert.equal(done.accepted, 22)
    assert.equal(done.replyMs.length, 25)
    assert.ok(done.bannerMs.length >= 7, 'connections of four messages each')
    assert.deepEqual(server.bodies.toSorted(), raw.toSorted())
  })

  it('opens a new connection where the server has had enough', async () => {
    using server = await sink(2)
    const done = await replay(
      Array.from({ length: 12 }, () => wireForm(Buffer.from('A: b\r\n\r\n'))),
      options(server.port),
    )
    assert.equal((done.codes['250'] ?? 0) + (done.codes['421'] ?? 0), 12)
  })
})

describe('options of the bench', () => {
  it('give a maildir and pids to the peer named last', () => {
    const line = [
      '--against',
      '127.0.0.1:1=a',
      '--against-maildir',
      '/a',
      '--against',
      '[::1]:2',
      '--against-maildir',
      '/b',
    ]
    const read = readOptions([...line, '--against-pid', String(process.pid)])
    assert.deepEqual(read?.peers, [
      { name: 'a', host: '127.0.0.1', port: 1, maildir: '/a', pids: [] },
      { name: '[::1]:2', host: '::1', port: 2, maildir: '/b', pids: [process.pid] },
    ])
  })

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a number that is none', ['--repeat', 'x'], /--repeat is x/],
    ['a peer without a port', ['--against', 'localhost'], /expected HOST:PORT/],
    ['a maildir without a peer', ['--against-maildir', '/a'], /before any --against/],
    ['nobody to measure', ['--no-postern'], /needs --against/],
  ]
  for (const [title, argv, message] of wrong)
    it(`complain about ${title}`, () => assert.throws(() => readOptions(argv), message))
})

describe('summarize', () => {
  const round = (accepted: number, seconds: number, arrived: number | null): Round => ({
    replay: {
      messages: accepted,
      bytes: 0,
      codes: { 250: accepted },
      accepted,
      lanes: 2,
      seconds,
      clientSeconds: 0.5,
      bannerMs: [500, 500],
      replyMs: [1, 2, 3, 4],
    },
    arrived,
    endToEndSeconds: seconds * 2,
    cpuSeconds: 1,
  })

  it('adds up rounds before it divides', () => {
    const figures = summarize('a', [round(100, 1, 100), round(300, 3, 300)], {
      pssBytes: 2 ** 20,
      highWaterBytes: 2 ** 21,
    })
    assert.equal(figures.acceptedPerSecond, 100)
    assert.equal(figures.endToEndPerSecond, 50)
    assert.equal(figures.cpuSecondsPer1000, 5)
    assert.equal(figures.clientCpuSecondsPer1000, 2.5)
    // Two lanes waited half a second each round, at the same time.
    assert.equal(figures.afterGreetingPerSecond, 133.33)
    assert.equal(figures.memoryMiB, 1)
    assert.deepEqual(figures.replyMs, { p50: 3, p95: 4, p99: 4, max: 4 })
  })

  it('says nothing where something was not counted', () =>
    assert.equal(summarize('a', [round(1, 1, 1), round(1, 1, null)], null).endToEndPerSecond, null))
})
