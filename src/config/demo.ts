// SPDX-License-Identifier: Apache-2.0
/** The config of `npm start`: a whole gateway on loopback, without root and without a file. */

export const demoDomain = 'example.org'
export const demoAccount = `demo@${demoDomain}`

/** Ports as documented; a test asks for free ones with a base of 0. */
export function demoConfig(dataDir: string, port: (documented: number) => number = (p) => p): string {
  const listener = (role: string, documented: number, tls: string) =>
    `[[listeners]]\nrole = "${role}"\naddress = "127.0.0.1:${port(documented)}"\ntls = "${tls}"\n`
  return [
    'hostname = "postern.example.org"',
    `data_dir = ${JSON.stringify(dataDir)}`,
    '',
    listener('mx', 2525, 'starttls'),
    listener('submission', 2587, 'starttls'),
    listener('submission', 2465, 'implicit'),
    listener('imap', 2143, 'starttls'),
    listener('imap', 2993, 'implicit'),
    listener('http', 8080, 'none'),
    `[domains."${demoDomain}"]`,
    'deliver = "maildir:"',
    '',
    '[restrictions]',
    'helo = ["reject_invalid_helo_hostname"]',
    'sender = ["reject_non_fqdn_sender"]',
    'relay = ["permit_sasl_authenticated", "reject_unauth_destination"]',
    'recipient = ["reject_non_fqdn_recipient", "reject_unlisted_recipient"]',
    '',
  ].join('\n')
}
