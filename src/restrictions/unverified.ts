// SPDX-License-Identifier: Apache-2.0
/** reject_unverified_sender and _recipient: the address's own next hop is asked whether it would take mail for it. */
import { aboutAddress, addressOf, type Whose } from './address.ts'
import { type Maker, plain } from './build.ts'
import { doubt, dunno, type Ruling, refuse, rejected } from './ruling.ts'

const noAddress: Ruling = dunno('there is no address to ask about')

export const rejectUnverified = (whose: Whose): Maker =>
  plain(({ settings, deps }) => {
    const isSender = whose === 'sender'
    const rejectCode = isSender ? settings.unverifiedSenderRejectCode : settings.unverifiedRecipientRejectCode
    const deferCode = isSender ? settings.unverifiedSenderDeferCode : settings.unverifiedRecipientDeferCode
    const reason = isSender ? settings.unverifiedSenderRejectReason : settings.unverifiedRecipientRejectReason
    const action = isSender ? settings.unverifiedSenderTempfailAction : settings.unverifiedRecipientTempfailAction
    const dsn = isSender ? '4.1.7' : '4.1.1'
    return async (subject) => {
      const address = addressOf(whose, subject)
      if (address === null) return noAddress
      const { kind, reply } = await deps.verify(address, subject.signal)
      const told = `${reply.code} ${reply.text}`
      if (kind === 'exists') return dunno(`its next hop says ${told}`)
      const code = kind === 'unknown' ? rejectCode : deferCode
      const word = kind === 'unknown' ? 'undeliverable' : 'unverified'
      const text = `${word} address: ${reason === '' ? reply.text : reason}`
      // A code of 250 takes mail whose address could not be verified.
      if (code < 400) return dunno(`${word}, which the settings let pass: ${told}`)
      const refusal = rejected(aboutAddress(whose, subject), code, dsn, text)
      if (kind === 'unknown') return refuse(refusal, `its next hop says ${told}`)
      return doubt(action, refusal, `nobody could say: ${told}`)
    }
  })
