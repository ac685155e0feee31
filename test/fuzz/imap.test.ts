// SPDX-License-Identifier: Apache-2.0
/** Broken commands and broken messages: refusals are expected, anything else thrown is a fault of ours. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { it } from 'node:test'
import { bodyStructure } from '../../src/imap/body-structure.ts'
import { parseFetchItems } from '../../src/imap/fetch-items.ts'
import { Lexer } from '../../src/imap/lexer.ts'
import { Refusal } from '../../src/imap/refusal.ts'
import { parseSearch } from '../../src/imap/search-keys.ts'
import { parseSection, sectionBytes } from '../../src/imap/sections.ts'
import { parseSet } from '../../src/imap/sets.ts'
import { parseAddressList } from '../../src/mailbox/address-list.ts'
import { withCrlf } from '../../src/mailbox/content.ts'
import { decodeWords } from '../../src/mailbox/decode.ts'
import { parseMime } from '../../src/mailbox/mime.ts'
import { parseUids } from '../../src/mailbox/uids.ts'
import { account, anImapServer } from '../support/imap-server.ts'
import { rememberingLog } from '../support/silent.ts'

/** A small generator with a seed (xorshift), so that a failure can be seen again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.floor(((state >>> 0) / 2 ** 32) * below)
  }
}

const dictionary =
  ' |(|)|"|\\|{|}|{3}\r\nabc|{9999999999+}|+|[|]|<|>|0|1:*|*|,|.|%|\0|\xff|NIL|\r\n|UID|NOT|OR|BODY[|HEADER.FIELDS'.split(
    '|',
  )

const seeds = [
  '(FLAGS UID BODY.PEEK[1.2.HEADER.FIELDS (FROM "TO")]<0.100> BINARY[3])',
  'OR (UNSEEN FROM "x") NOT SINCE 1-Jan-2020 1:*,7 HEADER {3+}\r\nabc ""',
  '"a" (b c (d "e")) {2}\r\nxy NIL \\Seen 1:5,*',
]

function mutate(text: string, next: (below: number) => number): string {
  let out = text
  for (let changes = next(4) + 1; changes > 0; changes -= 1) {
    const at = next(out.length + 1)
    const cut = next(3) === 0 ? next(6) : 0
    out = out.slice(0, at) + (dictionary[next(dictionary.length)] ?? '') + out.slice(at + cut)
  }
  return out
}

function mayRefuse(task: () => void, input: string): void {
  try {
    task()
  } catch (cause) {
    assert.ok(cause instanceof Refusal, `${JSON.stringify(input)}: ${String(cause)}`)
  }
}

it('the lexer and the readers of arguments refuse, and do nothing worse', () => {
  const next = random(20_261_122)
  const context = { nowMs: 0, resolve: () => [], decode: (bytes: Buffer): string => bytes.toString() }
  for (let round = 0; round < 6000; round += 1) {
    const input = mutate(seeds[round % seeds.length] ?? '', next)
    const lexer = (): Lexer => new Lexer(Buffer.from(input, 'latin1'))
    mayRefuse(() => parseFetchItems(lexer()), input)
    mayRefuse(() => parseSearch(lexer(), context), input)
    mayRefuse(() => parseSection(lexer()), input)
    mayRefuse(() => parseSet(input), input)
    mayRefuse(() => {
      const args = lexer()
      while (!args.atEnd) {
        if (args.sees('(')) args.list(() => args.nstring())
        else if (args.sees('\\')) args.flag()
        else args.astring()
        args.space()
      }
    }, input)
  }
})

it('broken messages have a structure, and sections that lie inside them', () => {
  const next = random(7)
  const mail =
    'From: "a, b" <a@b>, c: d@e;\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: message/rfc822' +
    '\r\n\r\nSubject: =?utf-8?q?=41?=\r\n\r\nbody\r\n--x\r\nContent-Type: text/html; charset=x\r\n\r\nhi\r\n--x--\r\n'
  for (let round = 0; round < 2000; round += 1) {
    const bytes = withCrlf(Buffer.from(mutate(mutate(mail, next), next), 'latin1'))
    const root = parseMime(bytes)
    const structure = bodyStructure(bytes, root, true)
    new Lexer(Buffer.from(structure, 'latin1')).must('(')
    for (const label of ['[1.HEADER]', '[2.MIME]', '[1.1]', '[TEXT]', '[2.1]']) {
      const section = sectionBytes(bytes, root, parseSection(new Lexer(Buffer.from(label))))
      assert.ok(section === null || section.length <= bytes.length)
    }
    parseAddressList(bytes.toString('latin1', 0, 100))
    decodeWords(bytes.toString('latin1'))
  }
})

it('a damaged UID file is read or given up', () => {
  const next = random(99)
  const file = 'postern-uids 1\nv 17 5\n+ 1 a.b\n+ 2 c d\nk 2 $x y\n- 1\n+ 4 e\n'
  for (let round = 0; round < 2000; round += 1) {
    const state = parseUids(Buffer.from(mutate(file, next), 'latin1'))
    for (const uid of state?.byBase.values() ?? []) assert.ok(uid >= 1 && uid < (state?.next ?? 0))
  }
})

it('a client that talks nonsense is answered, and leaves no trace in the error log', async () => {
  const log = rememberingLog()
  await using server = await anImapServer({ log, limits: { badCommands: 10_000 } })
  await server.shelf.deliver(account, 'INBOX', Buffer.from('Subject: x\r\n\r\nx\r\n'))
  const next = random(4711)
  const commands = [
    'UID FETCH 1:* (FLAGS BODY.PEEK[1.MIME])',
    'SEARCH RETURN (COUNT) OR SEEN TEXT "x"',
    'STORE 1 +FLAGS (\\Seen $x)',
    'LIST (SUBSCRIBED) "" (a% *) RETURN (STATUS (MESSAGES))',
    'APPEND INBOX (\\Seen) "01-Jan-2020 00:00:00 +0000" {3+}\r\na:b',
    'STATUS INBOX (MESSAGES UNSEEN)',
    'COPY 1 Trash',
    'CREATE "a/b"',
    'RENAME a b',
    'SELECT INBOX',
  ]
  const socket = connect(server.port, '127.0.0.1')
  let answers = ''
  socket.on('data', (chunk: Buffer) => {
    answers = (answers + chunk.toString('latin1')).slice(-100)
  })
  socket.write(`a LOGIN ${account} secret\r\na SELECT INBOX\r\n`)
  for (let round = 0; round < 400; round += 1) {
    // A literal of ours that is announced and not sent would only make both sides wait.
    const line = mutate(commands[round % commands.length] ?? '', next).replace(/\{\d+\+?\}(?!\r\na:b)/g, '{}')
    socket.write(Buffer.from(`t${round} ${line}\r\n`, 'latin1'))
  }
  socket.end('z LOGOUT\r\n')
  await once(socket, 'close')
  assert.match(answers, /z OK done\r\n$/)
  assert.deepEqual(
    log.events.filter(({ level }) => level === 'error'),
    [],
  )
})
