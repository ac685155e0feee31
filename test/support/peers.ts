// SPDX-License-Identifier: Apache-2.0
/** Real mail servers as next hops and as clients: each in a folder of its own, on a free port of loopback, gone after. */
import { spawn, spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { without } from './programs.ts'

/** The user that owns the peers' mailboxes. */
const nobody = 65_534
const startMs = 15_000

const isRoot = process.getuid?.() === 0

/** False when a Postfix can be started; else the reason to skip. */
export function noPostfix(): string | false {
  return isRoot ? without('postfix', 'postconf') : 'only root can start Postfix'
}

/** False when a Dovecot can be started with the configuration below; else the reason to skip. */
export function noDovecot(): string | false {
  const missing = isRoot ? without('dovecot') : 'only root can start Dovecot'
  if (missing !== false) return missing
  const version = spawnSync('dovecot', ['--version']).stdout.toString().trim()
  return version.startsWith('2.3.') ? false : `Dovecot ${version}: its configuration is not that of 2.3`
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket
      .once('data', () => resolve(true))
      .once('error', () => resolve(false))
      .once('close', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}

async function untilItAnswers(port: number, what: string, log: () => Promise<string>): Promise<void> {
  for (const end = Date.now() + startMs; Date.now() < end; await wait(50)) if (await answers(port)) return
  throw new Error(`${what} did not start: ${await log()}`)
}

/** Waits for what happens elsewhere; the last value when it never does. */
export async function until<T>(look: () => Promise<T>, done: (value: T) => boolean, ms = 15_000): Promise<T> {
  let value = await look()
  for (const end = Date.now() + ms; !done(value) && Date.now() < end; value = await look()) await wait(50)
  return value
}

export async function messagesOf(maildir: string): Promise<string[]> {
  const messages: string[] = []
  for (const part of ['new', 'cur']) {
    for (const name of (await readdir(join(maildir, part)).catch(() => [])).sort())
      messages.push(await readFile(join(maildir, part, name), 'latin1'))
  }
  return messages
}

export interface Peer extends AsyncDisposable {
  readonly port: number
  readonly folder: string
  /** Everything it logged. */
  log(): Promise<string>
  /** The messages in the mailbox of a user of its domain, as they lie on disk. */
  mailbox(user: string): Promise<string[]>
}

async function aFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `postern-${name}-`))
  // Its daemons are no root.
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'mail'))
  await chown(join(folder, 'mail'), nobody, nobody)
  return folder
}

const domains = ['postfix.example', 'elsewhere.example', 'third.example', 'fourth.example']

const postfixServices = `
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

/**
 * A Postfix that keeps mail for "box" and "second" in its domains, and sends mail for the other domains where
 * `routes` says. It takes XFORWARD and XCLIENT from loopback.
 */
export async function aPostfix(
  port: number,
  routes: Readonly<Record<string, string>>,
  settings: readonly string[] = [],
): Promise<Peer> {
  const folder = await aFolder('postfix')
  const etc = join(folder, 'etc')
  await Promise.all(['etc', 'queue', 'data'].map((name) => mkdir(join(folder, name))))
  const postfix = spawnSync('id', ['-u', 'postfix']).stdout.toString().trim()
  await chown(join(folder, 'data'), Number(postfix), 0)
  const mailboxes = domains.flatMap((domain) => ['box', 'second'].map((user) => `{${user}@${domain} = ${user}/}`))
  const transport = Object.entries(routes).map(([domain, route]) => `{${domain} = ${route}}`)
  await writeFile(
    join(etc, 'main.cf'),
    [
      'compatibility_level = 3.6',
      `queue_directory = ${folder}/queue`,
      `data_directory = ${folder}/data`,
      `maillog_file = ${folder}/mail.log`,
      `maillog_file_prefixes = ${folder}`,
      'multi_instance_enable = yes',
      `multi_instance_name = postfix-${port}`,
      'myhostname = mx.postfix.example',
      'mydestination =',
      'alias_maps =',
      'mynetworks = 127.0.0.0/8',
      'inet_interfaces = 127.0.0.1',
      'inet_protocols = ipv4',
      'disable_dns_lookups = yes',
      'smtpd_peername_lookup = no',
      'smtpd_authorized_xforward_hosts = 127.0.0.0/8',
      'smtpd_authorized_xclient_hosts = 127.0.0.0/8',
      `relay_domains = ${Object.keys(routes).join(', ')}`,
      `transport_maps = inline:{ ${transport.join(', ')} }`,
      `virtual_mailbox_domains = ${domains.join(', ')}`,
      `virtual_mailbox_base = ${folder}/mail`,
      `virtual_mailbox_maps = inline:{ ${mailboxes.join(', ')} }`,
      'virtual_mailbox_limit = 0',
      `virtual_uid_maps = static:${nobody}`,
      `virtual_gid_maps = static:${nobody}`,
      'virtual_minimum_uid = 100',
      'message_size_limit = 52428800',
      ...settings,
      '',
    ].join('\n'),
  )
  await writeFile(join(etc, 'master.cf'), `127.0.0.1:${port} inet n - n - - smtpd\n${postfixServices}`)
  const log = () => readFile(join(folder, 'mail.log'), 'utf8').catch(() => '')
  const started = spawnSync('postfix', ['-c', etc, 'start'], { encoding: 'utf8' })
  await untilItAnswers(port, 'Postfix', async () => `${started.stderr}${await log()}`)
  return {
    port,
    folder,
    log,
    mailbox: (user) => messagesOf(join(folder, 'mail', user)),
    async [Symbol.asyncDispose]() {
      spawnSync('postfix', ['-c', etc, 'abort'])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Its LMTP service on a port and on a Unix socket; users of dovecot.example: "box", and "full", who may have 1 kB. */
export async function aDovecot(port: number): Promise<Peer & { readonly socket: string }> {
  const folder = await aFolder('dovecot')
  const socket = join(folder, 'lmtp')
  await mkdir(join(folder, 'run'))
  await writeFile(
    join(folder, 'users'),
    'box@dovecot.example:::::::\nfull@dovecot.example:::::::userdb_quota_rule=*:storage=1\n',
  )
  const conf = join(folder, 'dovecot.conf')
  await writeFile(
    conf,
    `base_dir = ${folder}/run
log_path = ${folder}/dovecot.log
protocols = lmtp
listen = 127.0.0.1
ssl = no
mail_location = maildir:${folder}/mail/%u
mail_uid = ${nobody}
mail_gid = ${nobody}
first_valid_uid = 100
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=10M
}
passdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
userdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
  override_fields = uid=${nobody} gid=${nobody} home=${folder}/mail/%u
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port}
  }
  unix_listener ${socket} {
    mode = 0666
  }
}
`,
  )
  const log = () => readFile(join(folder, 'dovecot.log'), 'utf8').catch(() => '')
  const child = spawn('dovecot', ['-F', '-c', conf], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await untilItAnswers(port, 'Dovecot', log)
  return {
    port,
    folder,
    socket,
    log,
    mailbox: (user) => messagesOf(join(folder, 'mail', `${user}@dovecot.example`)),
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
