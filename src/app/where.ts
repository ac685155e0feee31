// SPDX-License-Identifier: Apache-2.0
/** Whom an address stands for, and where the mail of each goes. Nothing is sent. */
import type { LoadedConfig } from '../config/load.ts'
import { parseAddress, printAddress } from '../core/address.ts'
import type { Recipient } from '../core/envelope.ts'
import { Failure, UserError } from '../core/failure.ts'
import { printReply } from '../core/reply.ts'
import { destinationOf } from '../core/stores.ts'
import { openRehearsal } from './rehearsal.ts'

export interface Whereabouts {
  readonly recipient: string
  /** Under which reverse-path it is sent there. */
  readonly sender: string
  /** Its route as it is written in tables; null: there is none. */
  readonly route: string | null
  readonly mode: 'inline' | 'queue' | null
}

/** Throws UserError 65 with the reply that the address would get, where it stands for nobody. */
export async function whereTo(loaded: LoadedConfig, recipient: string, sender: string): Promise<Whereabouts[]> {
  const address = parseAddress(recipient)
  const reversePath = sender === '<>' || sender === '' ? null : parseAddress(sender)
  if (address === null) throw wrong(64, `${recipient} is not an address`)
  if (reversePath === null && sender !== '<>' && sender !== '') throw wrong(64, `--sender ${sender} is not an address`)
  await using rehearsal = await openRehearsal(loaded)
  const { routes, custody } = rehearsal
  const written: Recipient = { address, original: recipient, addressClass: routes.addressClass(address), notify: [] }
  try {
    const envelope = await custody.rewriter.envelope({ reversePath, recipients: [written] })
    return envelope.recipients.map((to) => {
      const found = routes.destinationOf(to)
      return {
        recipient: printAddress(to.address),
        sender: `<${printAddress(to.reversePath ?? envelope.reversePath)}>`,
        route: found === null ? null : destinationOf(found.route),
        mode: found?.mode ?? null,
      }
    })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw wrong(65, `${printReply(error.reply)} (${error.detail})`)
  }
}

function wrong(exitCode: 64 | 65, text: string): UserError {
  return new UserError(exitCode, [{ file: 'postern route', line: 0, text, hint: null }])
}
