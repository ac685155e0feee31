// SPDX-License-Identifier: Apache-2.0
/**
 * A Postfix of its own, and the small world that it and Postern both see: addresses, a DNS, a next hop, a policy
 * service. Runs inside a network and mount namespace (postfix-versus.ts makes it), so that nothing of the machine is
 * touched.
 */
import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { serveZone } from './dns-server.ts'
import { aSink } from './sink.ts'

/** Where both listen: an address that is theirs, and no loopback address. */
export const serverAddress = '192.0.2.25'

/** Every address that a client of a dialogue may have. */
export const clientAddresses: Readonly<Record<string, string>> = {
  good: '192.0.2.10',
  nameless: '192.0.2.11',
  forged: '192.0.2.12',
  nowhere: '192.0.2.13',
  reverseFails: '192.0.2.14',
  forwardFails: '192.0.2.15',
  listed: '192.0.2.20',
  listed10: '192.0.2.21',
  listedFar: '192.0.2.22',
  welcome: '192.0.2.30',
  network: '198.51.100.7',
  mine: '127.0.0.1',
  self: serverAddress,
  six: '2001:db8::10',
}

const zone = `
127.0.0.1 PTR localhost
localhost A 127.0.0.1
192.0.2.10 PTR good.client.example
good.client.example A 192.0.2.10
good.client.example MX 10 mx.client.example
client.example NS ns.client.example
mx.client.example A 203.0.113.5
ns.client.example A 203.0.113.6
192.0.2.12 PTR forged.client.example
forged.client.example A 203.0.113.12
192.0.2.13 PTR nowhere.client.example
192.0.2.14 SERVFAIL
192.0.2.15 PTR fails.client.example
fails.client.example SERVFAIL
192.0.2.20 PTR spam.bad.example
spam.bad.example A 192.0.2.20
192.0.2.25 PTR mx.example.org
mx.example.org A 192.0.2.25
192.0.2.30 PTR friend.client.example
friend.client.example A 192.0.2.30
198.51.100.7 PTR net.other.example
net.other.example A 198.51.100.7
2001:db8::10 PTR six.client.example
six.client.example AAAA 2001:db8::10

20.2.0.192.rbl.example A 127.0.0.2
20.2.0.192.rbl.example TXT "listed for a test"
21.2.0.192.rbl.example A 127.0.0.10
22.2.0.192.rbl.example A 127.0.1.4
10.2.0.192.failing.example SERVFAIL
20.2.0.192.failing.example SERVFAIL
30.2.0.192.failing.example SERVFAIL
10.2.0.192.silent.example TIMEOUT
20.2.0.192.lying.example A 203.0.113.77
10.2.0.192.garbled.example LIE
7.100.51.198.overworked.example A 127.255.255.254
30.2.0.192.welcome.example A 127.0.0.1
friend.client.example.welcome.example A 127.0.0.1
0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.rbl.example A 127.0.0.2
spam.bad.example.rhsbl.example A 127.0.0.2
forged.client.example.rhsbl.example A 127.0.0.3
bad.example.rhsbl.example A 127.0.0.2
helo.bad.example.rhsbl.example A 127.0.0.4
local.example.rhsbl.example A 127.0.0.5

sender.example MX 10 mx.sender.example
sender.example NS ns.sender.example
sub.sender.example A 203.0.113.21
mx.sender.example A 203.0.113.20
ns.sender.example A 203.0.113.22
bad.example MX 10 mx.bad.example
bad.example NS ns.bad.example
mx.bad.example A 203.0.113.30
ns.bad.example A 203.0.113.31
helo.bad.example A 203.0.113.32
aonly.example A 203.0.113.40
aaaaonly.example AAAA 2001:db8::40
mxonly.example MX 10 mx.sender.example
txtonly.example TXT "nothing else"
nullmx.example MX 0 .
servfail.example SERVFAIL
timeout.example TIMEOUT
lie.example LIE
alias.sender.example CNAME sender.example
dangling.example CNAME nowhere.invalid.example
mxnowhere.example MX 10 gone.sender.example
nsbad.example A 203.0.113.41
nsbad.example NS ns.bad.example
www.nsbad.example A 203.0.113.42
backup.example MX 10 mx.sender.example
backup.example MX 20 mx.example.org
backup2.example MX 10 mx.bad.example
backup2.example MX 20 mx.example.org
primary.example MX 10 mx.example.org
mail.good.example A 192.0.2.10
under_score.example A 192.0.2.10
local.example MX 10 mx.example.org
relay.example MX 10 mx.example.org
remote.example MX 10 mx.sender.example
`

const tableFiles: Readonly<Record<string, string>> = {
  'clients.cidr': `# networks
if 192.0.2.0/24
192.0.2.11/32 550 5.7.1 nameless
!192.0.2.0/28
  551 5.7.2 beyond
endif
198.51.100.0/24 552 5.7.3 network
2001:db8::/32 REJECT
`,
  senders: `# senders
A@bad.example 550 5.7.4 whole
bad.example
  551 5.7.5 domain
b@sender.example OK
`,
  'senders.regexp': `/^seven([0-9])@/ 553 5.7.6 $1
if !/sender/
/^.*7@/i REJECT
endif
`,
}

export interface Service {
  readonly port: number
  /** Parameter → value, on top of main.cf. */
  readonly settings: Readonly<Record<string, string>>
}

export interface World extends AsyncDisposable {
  readonly directory: string
  readonly mainCf: string
}

/** master.cf with one smtpd for each of the services. */
export function masterCf(services: readonly Service[]): string {
  const doors = services.map(({ port, settings }) => {
    const options = Object.entries(settings).map(([name, value]) => `  -o { ${name} = ${value} }`)
    const doors = [`${serverAddress}:${port}`, `[${clientAddresses['six']}]:${port}`]
    return doors.map((door) => [`${door} inet n - n - - smtpd`, ...options].join('\n')).join('\n')
  })
  return `${doors.join('\n')}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
tlsmgr unix - - n 1000? 1 tlsmgr
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`
}

/** Network, names, next hop, policy service and Postfix, all up. Throws with Postfix's own words when it does not start. */
export async function startWorld(directory: string, services: readonly Service[]): Promise<World> {
  run('ip', 'link', 'set', 'lo', 'up')
  for (const address of new Set(Object.values(clientAddresses))) {
    if (address.includes(':')) run('ip', 'addr', 'add', `${address}/128`, 'dev', 'lo', 'nodad')
    else if (address !== '127.0.0.1') run('ip', 'addr', 'add', `${address}/32`, 'dev', 'lo')
  }
  // Both servers show the same certificate.
  mkdirSync(join(directory, 'etc'))
  const [key, certificate] = ['server.key', 'server.pem'].map((name) => join(directory, 'etc', name))
  const subject = ['-subj', '/CN=mx.example.org', '-days', '2', '-keyout', key ?? '', '-out', certificate ?? '']
  run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject)
  const resolvConf = join(directory, 'resolv.conf')
  writeFileSync(resolvConf, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n')
  run('mount', '--bind', resolvConf, realpathSync('/etc/resolv.conf'))
  const dns = await serveZone(zone, '127.0.0.1', 53)
  const sink = await aSink({
    answer: (step, line) => {
      if (step !== 'RCPT') return undefined
      if (/<(?:bad|gone)/i.test(line)) return '550 5.1.1 no such user'
      return /<doubtful/i.test(line) ? '450 4.2.0 not now' : undefined
    },
  })
  const policy = await startPolicy(join(directory, 'policy.sock'))
  const mainCf = mainCfOf(directory, sink.port)
  const etc = join(directory, 'etc')
  for (const name of ['queue', 'data']) mkdirSync(join(directory, name))
  chownSync(join(directory, 'data'), postfixId(), -1)
  writeFileSync(join(etc, 'main.cf'), mainCf)
  writeFileSync(join(etc, 'master.cf'), masterCf(services))
  writeFileSync(join(etc, 'dynamicmaps.cf'), '')
  for (const [name, text] of Object.entries(tableFiles)) writeFileSync(join(etc, name), text)
  run('postfix', '-c', etc, 'start')
  return {
    directory,
    mainCf,
    async [Symbol.asyncDispose]() {
      run('postfix', '-c', etc, 'stop')
      for (const server of policy) server.close()
      await sink[Symbol.asyncDispose]()
      await dns[Symbol.asyncDispose]()
    },
  }
}

function mainCfOf(directory: string, sinkPort: number): string {
  return `compatibility_level = 3.6
queue_directory = ${directory}/queue
data_directory = ${directory}/data
maillog_file = ${directory}/mail.log
maillog_file_prefixes = ${directory}
multi_instance_enable = yes
multi_instance_name = postfix-versus
myhostname = mx.example.org
myorigin = local.example
inet_interfaces = 192.0.2.25, 2001:db8::10
inet_protocols = all
mynetworks = 127.0.0.0/8
mydestination = local.example
local_recipient_maps = inline:{ {ann@local.example = x}, {bob@local.example = x}, {bad@local.example = x}, {doubtful@local.example = x} }
proxy_read_maps = proxy:texthash:${directory}/etc/senders
alias_maps =
relay_domains = relay.example
relay_recipient_maps = inline:{ {known@relay.example = x}, {bad@relay.example = x}, {known@sub.relay.example = x}, {doubtful@relay.example = x} }
relay_transport = smtp:[127.0.0.1]:${sinkPort}
default_transport = smtp:[127.0.0.1]:${sinkPort}
recipient_delimiter = +
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
smtpd_policy_service_retry_delay = 1s
address_verify_map =
address_verify_poll_delay = 1s
address_verify_poll_count = 8
in_flow_delay = 0
default_process_limit = 200
`
}

/** Dovecot's protocol for logins, as far as Postfix speaks it: every password is right. */
function saslServer(): Server {
  return createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write(
      'VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00112233445566778899aabbccddeeff\nDONE\n',
    )
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\n')) {
        const match = /^AUTH\t(\d+)\tPLAIN\t.*resp=([A-Za-z0-9+/=]+)/.exec(line)
        const login = Buffer.from(match?.[2] ?? '', 'base64')
          .toString()
          .split('\0')[1]
        if (match !== null) socket.write(`OK\t${match[1]}\tuser=${login}\n`)
      }
    })
  })
}

/** Answers by the sender's local part: "reject@…" gets REJECT, and so on; "silent" hangs up, "garbage" talks nonsense. */
async function startPolicy(path: string): Promise<Server[]> {
  const make = () =>
    createServer((socket) => {
      let text = ''
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        text += chunk.toString()
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const request = text.slice(0, end)
          text = text.slice(end + 2)
          const sender = /^sender=([^@\n]*)/m.exec(request)?.[1] ?? ''
          if (sender === 'silent') socket.destroy()
          else if (sender === 'garbage') socket.write('what?\n\n')
          else socket.write(`action=${actionFor(sender, request)}\n\n`)
        }
      })
    })
  const servers = [make().listen(path), make().listen(10_023, '127.0.0.1'), saslServer().listen(10_024, '127.0.0.1')]
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))))
  return servers
}

/** The sender says what to answer: "reject", "defer_if_permit", "550", "state-rcpt" (is it the state?) and so on. */
function actionFor(sender: string, request: string): string {
  const state = /^state-(.+)$/.exec(sender)?.[1]
  if (state !== undefined) return request.includes(`protocol_state=${state.toUpperCase()}\n`) ? 'REJECT yes' : 'DUNNO'
  const attribute = /^has-([a-z_]+)-(.*)$/.exec(sender)
  if (attribute !== null) return request.includes(`${attribute[1]}=${attribute[2]}\n`) ? '521 5.7.1 yes' : 'DUNNO'
  if (/^\d{3}$/.test(sender)) return `${sender} by the policy`
  return sender === 'ok' ? 'DUNNO' : sender.replaceAll('_or_', ' ').toUpperCase()
}

function postfixId(): number {
  return Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' }))
}

function run(program: string, ...args: string[]): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  } catch (error) {
    const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    throw new Error(`${program} ${args.join(' ')}: ${told}`)
  }
}

/** What Postfix wrote into its log. */
export function postfixLog(directory: string): string {
  return readFileSync(join(directory, 'mail.log'), 'utf8')
}
