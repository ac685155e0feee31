// SPDX-License-Identifier: Apache-2.0
/** What master.cf says for single services, and what of it has no place in Postern. */
import type { ImportedListeners } from './listeners.ts'
import type { Service } from './master-cf.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import { isAlwaysSo, reasonFor } from './reasons.ts'
import { isForUsersOnly } from './restrictions.ts'

/** Told last, when it is known which parameters were asked for. */
export function tellServices(
  services: readonly Service[],
  { overrides, firstForUsers, roleOf }: ImportedListeners,
  parameters: Parameters,
  notes: Notes,
): void {
  for (const service of services) {
    // What became no listener was told as a whole.
    if (/^(?:smtpd|postscreen)$/.test(service.command) && service.type === 'inet' && roleOf(service) === null) continue
    const own = parameters.of(service.overrides)
    const tell = service.overrides === overrides ? tellMain : (tellers[roleOf(service) ?? service.command] ?? tellOther)
    tell(service, own, notes, { ofStrangers: overrides, ofUsers: firstForUsers?.overrides ?? null })
  }
}

/** What the services set whose lists are carried over. */
interface Lists {
  readonly ofStrangers: Service['overrides']
  readonly ofUsers: Service['overrides'] | null
}

type Teller = (service: Service, own: Parameters, notes: Notes, lists: Lists) => void

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
function tellSecond(service: Service, own: Parameters, notes: Notes, { ofStrangers }: Lists): void {
  for (const [name, written] of service.overrides) {
    const isSame = ofStrangers.get(name)?.value === written.value || name === 'syslog_name'
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

function tellSubmission(service: Service, own: Parameters, notes: Notes, lists: Lists): void {
  for (const [name, written] of service.overrides) {
    const value = own.value(name)
    if (alwaysOfUsers[name]?.test(value) === true) continue
    if (name.endsWith('_restrictions')) tellUserList(service, name, own, notes, lists)
    else {
      const because = 'a listener cannot have settings of its own'
      notes.add('dropped', written, `${name} = ${value} of the service ${service.name}`, because)
    }
  }
}

function tellUserList(service: Service, name: string, own: Parameters, notes: Notes, { ofUsers }: Lists): void {
  const value = own.value(name)
  const place = own.place(name)
  if (isForUsersOnly(own.words(name))) {
    if (value.includes('permit_mynetworks')) {
      const because = 'a submission listener takes mail only after a login'
      notes.add('changed', place, `permit_mynetworks in ${name} of ${service.name}`, because)
    }
    return
  }
  const isCarried =
    name !== 'smtpd_etrn_restrictions' && ofUsers?.get(name)?.value === service.overrides.get(name)?.value
  const because = 'all submission listeners share the lists of the first'
  if (!isCarried) notes.add('dropped', place, `${name} = ${value} of the service ${service.name}`, because)
}
