// SPDX-License-Identifier: Apache-2.0
/** What master.cf says for single services, and what of it has no place in Postern. */
import type { ImportedListeners } from './listeners.ts'
import { splitPlaced } from './main-cf.ts'
import type { Service } from './master-cf.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import { isAlwaysSo, reasonFor } from './reasons.ts'

/** Told last, when it is known which parameters were asked for. */
export function tellServices(
  services: readonly Service[],
  { overrides, roleOf }: ImportedListeners,
  parameters: Parameters,
  notes: Notes,
): void {
  for (const service of services) {
    // What became no listener was told as a whole.
    if (/^(?:smtpd|postscreen)$/.test(service.command) && service.type === 'inet' && roleOf(service) === null) continue
    const own = parameters.of(service.overrides)
    const tell = service.overrides === overrides ? tellMain : (tellers[roleOf(service) ?? service.command] ?? tellOther)
    tell(service, own, notes, overrides)
  }
}

type Teller = (service: Service, own: Parameters, notes: Notes, main: Service['overrides']) => void

const tellers: Readonly<Record<string, Teller>> = {
  mx: tellSecond,
  submission: tellSubmission,
  smtp: tellTransport,
  lmtp: tellTransport,
  pipe: tellProgram,
  spawn: tellProgram,
  qmqpd: (service, _own, notes) => notes.add('dropped', service, 'qmqpd', 'Postern does not speak QMQP'),
}

/** The service whose settings are those of the whole gateway. */
function tellMain(service: Service, own: Parameters, notes: Notes): void {
  for (const [name, written] of service.overrides) {
    if (own.wasAsked(name) || name === 'syslog_name') continue
    const value = own.value(name)
    if (!isAlwaysSo(name, value)) notes.add('dropped', written, `${name} = ${value}`, reasonFor(name))
  }
}

/** A further listener for strangers. */
function tellSecond(service: Service, own: Parameters, notes: Notes, main: Service['overrides']): void {
  for (const [name, written] of service.overrides) {
    const isSame = main.get(name)?.value === written.value || name === 'syslog_name'
    if (!isSame && !/^smtpd_(?:tls_|use_tls|enforce_tls)/.test(name))
      notes.add('dropped', written, `${name} = ${own.value(name)} of the service ${service.name}`, shared)
  }
}

const shared = 'all listeners for strangers share the lists and settings'

function tellTransport(service: Service, own: Parameters, notes: Notes): void {
  for (const [name, written] of service.overrides) {
    if (name === 'syslog_name') continue
    const because = 'a transport has no settings of its own; see [delivery]'
    notes.add('dropped', written, `${name} = ${own.value(name)} of the service ${service.name}`, because)
  }
}

/** Programs that Debian's master.cf lists whether they are there or not. */
const stock = new Set(['maildrop', 'uucp', 'ifmail', 'bsmtp', 'scalemail-backend', 'mailman'])

function tellProgram(service: Service, _own: Parameters, notes: Notes): void {
  if (!stock.has(service.name))
    notes.add('dropped', service, `the service ${service.name}`, 'it is a program that Postfix starts')
}

function tellOther(service: Service, own: Parameters, notes: Notes): void {
  for (const [name, written] of service.overrides)
    if (name !== 'syslog_name')
      notes.add('dropped', written, `${name} = ${own.value(name)} of the service ${service.name}`, reasonFor(name))
}

/** What Postern demands of its own users anyway. */
const alwaysOfUsers: Readonly<Record<string, RegExp>> = {
  smtpd_sasl_auth_enable: /^yes$/,
  smtpd_tls_security_level: /^(?:may|encrypt)$/,
  smtpd_tls_wrappermode: /^(?:yes|no)$/,
  smtpd_tls_auth_only: /^yes$/,
  smtpd_enforce_tls: /^yes$/,
  syslog_name: /./,
  smtpd_reject_unlisted_recipient: /^no$/,
  milter_macro_daemon_name: /./,
}

/** Lists of these words let in whoever has logged in, and nobody else: what a submission listener does. */
const usersOnly = new Set([
  ...['permit', 'permit_mynetworks', 'permit_sasl_authenticated', 'reject'],
  ...['reject_unauth_destination', 'defer_unauth_destination'],
  ...['reject_sender_login_mismatch', 'reject_authenticated_sender_login_mismatch'],
])

function tellSubmission(service: Service, own: Parameters, notes: Notes): void {
  for (const [name, written] of service.overrides) {
    const value = own.value(name)
    if (alwaysOfUsers[name]?.test(value) === true) continue
    if (name.endsWith('_restrictions') && splitPlaced(value).every(({ text }) => usersOnly.has(text))) {
      if (value.includes('permit_mynetworks'))
        notes.add(
          'changed',
          written,
          `permit_mynetworks in ${name} of ${service.name}`,
          'a submission listener takes mail only after a login',
        )
      continue
    }
    const because = name.endsWith('_restrictions')
      ? 'a submission listener asks for a login and an address of the user, and has no lists'
      : 'a listener cannot have settings of its own'
    notes.add('dropped', written, `${name} = ${value} of the service ${service.name}`, because)
  }
}
