// SPDX-License-Identifier: Apache-2.0
/** May this login send as this address (smtpd_sender_login_maps)? */
import type { Address } from '../core/address.ts'
import { searchRecipient } from '../tables/recipient.ts'
import type { Build, Maker } from './build.ts'
import { aboutSender, dunno, type Examine, lookupFailed, type Ruling, refuse, rejected } from './ruling.ts'
import type { Subject } from './subject.ts'

const noSender: Ruling = dunno('no sender to be owned')

interface Wanted {
  /** Judge clients that have authenticated, those that have not, or both. */
  readonly authenticated: boolean
  readonly unauthenticated: boolean
  /** An address that nobody owns may be used by any login. */
  readonly unlistedIsFree: boolean
}

const mismatch = (wanted: Wanted): Maker =>
  withOwners((owners) => async (subject) => {
    if (subject.sender === undefined || subject.sender === null) return noSender
    const login = subject.facts.session.identity?.account ?? null
    if (login === null ? !wanted.unauthenticated : !wanted.authenticated)
      return dunno(login === null ? 'the client has not authenticated' : 'the client has authenticated')
    const found = await owners(subject.sender)
    if (found === 'tempfail') return lookupFailed(subject.senderText, 'the owners of the address cannot be told now')
    return login === null ? judgeStranger(subject, found) : judgeLogin(subject, login, found, wanted.unlistedIsFree)
  })

type Owners = (sender: Address) => Promise<readonly string[] | null | 'tempfail'>

/** Owners stand in smtpd_sender_login_maps, or are the accounts that have the address. */
function withOwners(make: (owners: Owners) => Examine): Maker {
  return {
    argument: null,
    async make(_, build) {
      const { senderLoginMaps, recipientDelimiter } = build.settings
      if (senderLoginMaps === '') return make((sender) => ownersInDirectory(sender, build))
      const table = await build.openTable(senderLoginMaps)
      return make(async (sender) => {
        const isLocal = build.deps.directory.addressClass(sender) === 'local'
        const answer = await searchRecipient([table], sender, recipientDelimiter, isLocal)
        if (answer.kind === 'failed') return 'tempfail'
        return answer.kind === 'missing' ? null : answer.value.split(/[\s,]+/).filter(Boolean)
      })
    },
  }
}

async function ownersInDirectory(sender: Address, { deps }: Build): ReturnType<Owners> {
  try {
    return await deps.directory.ownersOf(sender)
  } catch (error) {
    deps.log.error('restrictions.directory_failed', error, { asked: 'owners' })
    return 'tempfail'
  }
}

function judgeStranger(subject: Subject, owners: readonly string[] | null): Ruling {
  if (owners === null) return dunno('nobody owns the address')
  return refuse(rejected(aboutSender(subject), 553, '5.7.1', 'not logged in'), 'the address has an owner')
}

function judgeLogin(
  subject: Subject,
  login: string,
  owners: readonly string[] | null,
  unlistedIsFree: boolean,
): Ruling {
  if (owners === null && unlistedIsFree) return dunno('nobody owns the address')
  if (owners?.some((owner) => owner.toLowerCase() === login.toLowerCase())) return dunno(`${login} owns the address`)
  const refusal = rejected(aboutSender(subject), 553, '5.7.1', `not owned by user ${login}`)
  return refuse(refusal, owners === null ? 'nobody owns the address' : 'others own the address')
}

export const rejectSenderLoginMismatch = mismatch({ authenticated: true, unauthenticated: true, unlistedIsFree: false })
export const rejectAuthenticatedSenderLoginMismatch = mismatch({
  authenticated: true,
  unauthenticated: false,
  unlistedIsFree: false,
})
export const rejectUnauthenticatedSenderLoginMismatch = mismatch({
  authenticated: false,
  unauthenticated: true,
  unlistedIsFree: false,
})
export const rejectKnownSenderLoginMismatch = mismatch({
  authenticated: true,
  unauthenticated: true,
  unlistedIsFree: true,
})
