// SPDX-License-Identifier: Apache-2.0
/**
 * What we sign is verified by dkimpy and OpenDKIM, what they sign by us:
 *
 *   node test/interop/dkim-peers.ts --dir FOLDER-OF-MESSAGES [--limit 1000]
 *
 * Messages that a peer cannot read at all (no From field, a NUL, lines that are no fields) are counted and left out.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exit, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { readCases } from '../../bench/msgauth-peer.ts'
import type { Domain, EpochMs } from '../../src/core/brand.ts'
import { assess } from '../../src/msgauth/assess.ts'
import { dnsRecord, type SigningAlgorithm, type SigningKey } from '../../src/msgauth/keys.ts'
import { signMessage } from '../../src/msgauth/sign.ts'
import { anInput, type Zone } from '../unit/msgauth/zone.ts'

export const python = '/usr/bin/python3'
export const hasDkimpy = spawnSync(python, ['-c', 'import dkim, nacl']).status === 0
export const hasOpendkim = spawnSync('opendkim', ['-V']).status === 0
export const hasTestmsg = spawnSync('sh', ['-c', 'command -v opendkim-testmsg']).status === 0

const forms = ['simple', 'relaxed'].flatMap((head) => ['simple', 'relaxed'].map((body) => [head, body] as const))

const keyOf = (selector: string, algorithm: SigningAlgorithm, key: KeyObject): SigningKey => ({
  domain: 'example.com' as Domain,
  selector,
  algorithm,
  key,
})

/** 1024 bits for the peer in Python, whose arithmetic is its own. */
const keys = {
  rsa: keyOf('r', 'rsa-sha256', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
  ed25519: keyOf('e', 'ed25519-sha256', generateKeyPairSync('ed25519').privateKey),
}
const both = [keys.rsa, keys.ed25519]
const records = both.map(dnsRecord)
const zone: Zone = Object.fromEntries(records.map(({ name, value }) => [`TXT ${name}`, [value]]))

const withFields = (fields: readonly string[], raw: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(fields.map((field) => (field.endsWith('\r\n') ? field : `${field}\r\n`)).join(''), 'latin1'),
    raw,
  ])

export function signedByUs(raw: Buffer, by: readonly SigningKey[] = both): Buffer {
  const now = Date.now() as EpochMs
  const edits = signMessage(raw, by, now)
  return withFields(
    edits.map((edit) => (edit.op === 'prepend' ? `${edit.name}: ${edit.value}` : '')),
    raw,
  )
}

/** Our results for the topmost signatures. */
async function judgedByUs(raw: Buffer, count: number): Promise<string[]> {
  const { findings } = await assess(anInput(zone, { raw }))
  return findings.dkim
    .slice(0, count)
    .map((d) => `${d.algorithm} ${d.result}${d.because === '' ? '' : ` (${d.because})`}`)
}

export class Dkimpy implements Disposable {
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>

  constructor() {
    const child = spawn(python, [join(import.meta.dirname, 'dkimpy.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process = child
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  async ask(request: Readonly<Record<string, unknown>>, raw: Buffer): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify({ ...request, raw: raw.toString('base64') })}\n`)
    const { value, done } = await this.#answers.next()
    if (done === true) throw new Error('dkimpy has ended')
    return JSON.parse(String(value))
  }

  [Symbol.dispose](): void {
    this.#process.stdin?.end()
  }
}

const zoneForPython = Object.fromEntries(records.map(({ name, value }) => [name, value]))
const keysForPython = [
  { ...keys.rsa, private: keys.rsa.key.export({ type: 'pkcs1', format: 'pem' }) },
  {
    ...keys.ed25519,
    private: keys.ed25519.key.export({ type: 'pkcs8', format: 'der' }).subarray(-32).toString('base64'),
  },
].map(({ domain, selector, algorithm, private: secret }) => ({ domain, selector, algorithm, private: secret }))

export interface Tally {
  /** Signatures that were accepted. */
  accepted: number
  /** Messages that the peer cannot read. */
  unreadable: number
  readonly refused: string[]
}

const tally = (): Tally => ({ accepted: 0, unreadable: 0, refused: [] })

export interface NamedMessage {
  readonly name: string
  readonly raw: Buffer
}

/** dkimpy verifies both of our signatures. */
export async function ourSignaturesToDkimpy(messages: readonly NamedMessage[], peer: Dkimpy): Promise<Tally> {
  const found = tally()
  for (const { name, raw } of messages) {
    const answer = await peer.ask({ do: 'verify', signatures: 2, zone: zoneForPython }, signedByUs(raw))
    if (!Array.isArray(answer)) found.unreadable++
    else if (answer.every((passed) => passed === true)) found.accepted += answer.length
    else found.refused.push(`${name}: ${answer.join(' ')}`)
  }
  return found
}

/** We verify dkimpy's signatures, both algorithms in each of the four canonical forms. */
export async function dkimpySignaturesToUs(messages: readonly NamedMessage[], peer: Dkimpy): Promise<Tally> {
  const found = tally()
  for (const { name, raw } of messages) {
    const made = await peer.ask({ do: 'sign', keys: keysForPython, forms }, raw)
    if (!Array.isArray(made)) {
      found.unreadable++
      continue
    }
    const results = await judgedByUs(withFields(made.map(String), raw), made.length)
    const wrong = results.filter((result) => !result.endsWith(' pass'))
    if (results.length === 8 && wrong.length === 0) found.accepted += 8
    else found.refused.push(`${name}: ${results.join(', ')}`)
  }
  return found
}

/** OpenDKIM verifies our signatures, each algorithm alone: the milter in its test mode, with keys from a file. */
export function ourSignaturesToOpendkim(messages: readonly NamedMessage[]): Tally {
  const found = tally()
  const folder = mkdtempSync(join(tmpdir(), 'postern-opendkim-'))
  try {
    writeFileSync(join(folder, 'keys'), records.map(({ name, value }) => `${name} ${value}\n`).join(''))
    writeFileSync(join(folder, 'conf'), `Mode v\nTestPublicKeys ${join(folder, 'keys')}\nSyslog no\n`)
    const names = messages.flatMap(({ raw }, i) =>
      both.map((key) => {
        const file = `${i}-${key.selector}`
        writeFileSync(join(folder, file), signedByUs(raw, [key]))
        return file
      }),
    )
    const heard = new Set<string>()
    const ask = (list: readonly string[]): void => {
      const program = ['-x', 'conf', '-v', '-t', list.join(',')]
      const { stdout: said } = spawnSync('opendkim', program, { cwd: folder, encoding: 'latin1' })
      for (const line of said.split('\n')) {
        const [, file, number] = /: (([0-9]+)-[re]): /.exec(line) ?? []
        // It looks at no signature where it cannot read the From field.
        if (file === undefined || / message not signed$/.test(line)) continue
        heard.add(file)
        if (/ succeeded$/.test(line)) found.accepted++
        else found.refused.push(`${messages[Number(number)]?.name}: ${line}`)
      }
    }
    for (let at = 0; at < names.length; at += 100) ask(names.slice(at, at + 100))
    // One file that it stumbles over ends its run: what came behind it is asked once more, alone.
    for (const name of names.filter((one) => !heard.has(one))) ask([name])
    found.unreadable = names.length - found.accepted - found.refused.length
    return found
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One space behind every colon: a milter is not told of any other, so it cannot sign it as it stands. */
function isPlainlySpaced(raw: Buffer): boolean {
  const head = raw.subarray(0, raw.indexOf('\r\n\r\n') + 2).toString('latin1')
  return /^(?:[^ \t:\r\n]+: (?![ \t\r]).*\r\n(?:[ \t].*\r\n)*)+$/.test(head)
}

/** We verify what OpenDKIM signs in each canonical form; opendkim-testmsg itself knows SHA-1 alone (RFC 8301 forbids it). */
export async function opendkimSignaturesToUs(messages: readonly NamedMessage[]): Promise<Tally> {
  const found = tally()
  const folder = mkdtempSync(join(tmpdir(), 'postern-opendkim-'))
  try {
    writeFileSync(join(folder, 'rsa'), keys.rsa.key.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 })
    writeFileSync(join(folder, 'keytable'), `k example.com:r:${join(folder, 'rsa')}\n`)
    writeFileSync(join(folder, 'signingtable'), '* k\n')
    for (const [i, { raw }] of messages.entries()) writeFileSync(join(folder, String(i)), raw)
    for (const [head, body] of forms) {
      const conf = [
        'Mode s',
        'Syslog no',
        'SignatureAlgorithm rsa-sha256',
        `Canonicalization ${head}/${body}`,
        `SigningTable refile:${join(folder, 'signingtable')}`,
        `KeyTable file:${join(folder, 'keytable')}`,
        'InternalHosts 0.0.0.0/0',
        // The folder of a test stands in /tmp, where everybody may write.
        'RequireSafeKeys no',
        '',
      ].join('\n')
      writeFileSync(join(folder, 'conf'), conf)
      for (const [i, { name, raw }] of messages.entries()) {
        if (head === 'simple' && !isPlainlySpaced(raw)) continue
        const { stdout: said } = spawnSync('opendkim', ['-x', 'conf', '-vvv', '-t', String(i)], {
          cwd: folder,
          encoding: 'latin1',
        })
        const value = /^### INSHEADER: idx=[0-9]+ hname='DKIM-Signature' hvalue='([^']*)'/m.exec(said)?.[1]
        if (value === undefined) {
          found.unreadable++
          continue
        }
        const field = `DKIM-Signature: ${value.replace(/\r?\n/g, '\r\n')}`
        const results = await judgedByUs(withFields([field], raw), 1)
        if (results[0]?.endsWith(' pass') === true) found.accepted++
        else found.refused.push(`${name} ${head}/${body}: ${results.join(', ')}`)
      }
    }
    return found
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * opendkim-testmsg asks the system's name servers alone: it runs where /etc/resolv.conf is ours for a moment (a mount of its
 * own, for root). Null where that cannot be had.
 */
export async function testmsgVerdict(raw: Buffer, resolvConf: string): Promise<string | null> {
  if (spawnSync('unshare', ['--mount', 'true']).status !== 0) return null
  const script = `mount --bind '${resolvConf}' /etc/resolv.conf && exec opendkim-testmsg 2>&1`
  // Not spawnSync: the name server it asks lives in this process.
  const child = spawn('unshare', ['--mount', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(raw)
  let said = ''
  for await (const chunk of child.stdout) said += String(chunk)
  return said
}

export const keyZone = records.map(({ zoneLine }) => zoneLine.replace(' IN', '').replace(/ [()]/g, '')).join('\n')

export const isReadable = ({ raw }: NamedMessage): boolean => {
  const head = raw.subarray(0, raw.indexOf('\r\n\r\n') + 2).toString('latin1')
  const isFields = /^(?:[\x21-\x39\x3b-\x7e]+[ \t]*:.*\r\n(?:[ \t].*\r\n)*)+$/.test(head)
  return isFields && /^From[ \t]*:/im.test(head) && !raw.includes(0)
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { dir: { type: 'string' }, limit: { type: 'string', default: '1000' } } })
  if (values.dir === undefined || !hasDkimpy || !hasOpendkim || !hasTestmsg) {
    stdout.write(
      'node test/interop/dkim-peers.ts --dir FOLDER [--limit N]; wants python3-dkim, python3-nacl, opendkim, opendkim-tools\n',
    )
    return 64
  }
  const all = (await readCases(values.dir, Number(values.limit))).map(({ file, raw }) => ({ name: file, raw }))
  const messages = all.filter(isReadable)
  stdout.write(`${messages.length} messages (${all.length - messages.length} left out)\n`)
  using peer = new Dkimpy()
  let refused = 0
  for (const [title, run] of [
    ['dkimpy verifies ours (rsa and ed25519)', () => ourSignaturesToDkimpy(messages, peer)],
    ['OpenDKIM verifies ours (rsa and ed25519)', () => ourSignaturesToOpendkim(messages)],
    ['we verify dkimpy (both, in four canonical forms)', () => dkimpySignaturesToUs(messages, peer)],
    ['we verify OpenDKIM (rsa, in four canonical forms)', () => opendkimSignaturesToUs(messages)],
  ] as const) {
    const found = await run()
    stdout.write(
      `${title}: ${found.accepted} signatures accepted, ${found.refused.length} messages refused, ${found.unreadable} unreadable\n`,
    )
    for (const line of found.refused.slice(0, 20)) stdout.write(`  ${line}\n`)
    refused += found.refused.length
  }
  return refused === 0 ? 0 : 1
}

if (import.meta.main) exit(await main())
