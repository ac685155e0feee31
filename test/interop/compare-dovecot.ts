// SPDX-License-Identifier: Apache-2.0
/**
 * Shows where our ENVELOPE, BODYSTRUCTURE and RFC822.SIZE differ from Dovecot's. Not a test: Dovecot is not the
 * standard, but each difference wants a reason.
 *
 *   node test/interop/compare-dovecot.ts FILE…      messages; needs doveadm, and a user "nobody" when run by root
 */
import { spawn } from 'node:child_process'
import { chmod, chown, cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Duplex, Readable, Writable } from 'node:stream'
import { account, anImapServer } from '../support/imap-server.ts'

type Value = string | null | Value[]

const items = 'RFC822.SIZE ENVELOPE BODYSTRUCTURE'

/** The first parenthesized value of a response, nested; atoms and strings alike are strings. */
function parse(bytes: Buffer, start: number): Value[] {
  let at = start + 1
  const out: Value[] = []
  const stack: Value[][] = [out]
  while (stack.length > 0 && at < bytes.length) {
    const top = stack.at(-1) ?? out
    const char = String.fromCharCode(bytes[at] ?? 0)
    if (char === '(') stack.push([])
    if (char === ')') {
      stack.pop()
      stack.at(-1)?.push(top)
    }
    if (' ()'.includes(char)) at += 1
    else if (char === '"') {
      let text = ''
      for (at += 1; bytes[at] !== 34; at += 1) {
        if (bytes[at] === 92) at += 1
        text += String.fromCharCode(bytes[at] ?? 0)
      }
      at += 1
      top.push(text)
    } else if (char === '{') {
      const feed = bytes.indexOf(10, at)
      const size = Number(bytes.toString('latin1', at + 1, feed - 2))
      top.push(bytes.toString('latin1', feed + 1, feed + 1 + size))
      at = feed + 1 + size
    } else {
      const end = /[ ()]/.exec(bytes.toString('latin1', at))?.index ?? 1
      const word = bytes.toString('latin1', at, at + end)
      top.push(word === 'NIL' ? null : word)
      at += end
    }
  }
  return out
}

/** Answers to one FETCH per message. */
async function ask(input: Writable, output: Readable, prefix: string, count: number): Promise<Map<number, Value[]>> {
  const chunks: Buffer[] = []
  const ended = new Promise<void>((resolve) => output.on('end', resolve).on('close', resolve))
  output.on('data', (chunk: Buffer) => chunks.push(chunk))
  input.write(`${prefix}b EXAMINE INBOX\r\nc FETCH 1:${count} (${items})\r\nd LOGOUT\r\n`)
  await ended
  const all = Buffer.concat(chunks)
  const found = new Map<number, Value[]>()
  for (let n = 1; n <= count; n += 1) {
    const head = `* ${n} FETCH `
    const at = all.indexOf(head)
    if (at >= 0) found.set(n, parse(all, at + head.length))
  }
  return found
}

function differences(path: string, ours: Value | undefined, theirs: Value | undefined): string[] {
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) {
    return ours.flatMap((value, i) => differences(`${path}.${i}`, value, theirs[i]))
  }
  const fold = (value: Value | undefined): string => JSON.stringify(value ?? null).toLowerCase()
  if (fold(ours) === fold(theirs)) return []
  return [`${path}: ours ${JSON.stringify(ours)?.slice(0, 200)} theirs ${JSON.stringify(theirs)?.slice(0, 200)}`]
}

const files = process.argv.slice(2)
await using server = await anImapServer()
await server.shelf.folders(account)
for (const [i, file] of files.entries()) {
  await writeFile(join(server.maildir, 'cur', `${1_700_000_000 + i}.M0Q${i}.host:2,`), await readFile(file))
}
const dovecot = join(server.root, 'dovecot')
await mkdir(dovecot)
await cp(server.maildir, join(dovecot, 'Maildir'), { recursive: true })
const config = join(server.root, 'dovecot.conf')
await writeFile(
  config,
  `mail_location = maildir:${dovecot}/Maildir\nbase_dir = ${dovecot}/run\nlog_path = ${dovecot}/log\nssl = no\n` +
    'first_valid_uid = 1\nnamespace inbox {\n  inbox = yes\n  separator = /\n}\n',
)
const root = process.getuid?.() === 0
if (root) {
  await chmod(server.root, 0o755)
  const nobody = await stat('/dev/null')
  await chown(dovecot, nobody.uid, nobody.gid)
  await new Promise((resolve) => spawn('chown', ['-R', 'nobody', dovecot]).on('close', resolve))
}
const command = `USER=nobody HOME=${dovecot} exec doveadm -c ${config} exec imap`
const child = root ? spawn('su', ['-s', '/bin/sh', 'nobody', '-c', command]) : spawn('sh', ['-c', command])
const theirs = await ask(child.stdin, child.stdout, '', files.length)
const socket: Duplex = connect(server.port, '127.0.0.1')
const ours = await ask(socket, socket, `a LOGIN ${account} secret\r\n`, files.length)
let different = 0
for (const [i, file] of files.entries()) {
  const found = differences('', ours.get(i + 1), theirs.get(i + 1))
  if (found.length === 0) continue
  different += 1
  console.log(`${file}\n  ${found.join('\n  ')}`)
}
console.log(`${files.length} messages, ${ours.size} answered by us, ${theirs.size} by Dovecot, ${different} differ`)
