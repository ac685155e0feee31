// SPDX-License-Identifier: Apache-2.0
/** What each kind of SMTP listener offers and demands. */
import { replies } from '../core/replies.ts'
import type { ListenerRole } from '../core/session.ts'

export interface RoleOptions {
  readonly authOptional: boolean
  readonly authMethods: string[]
  readonly disabledCommands: string[]
  readonly hideREQUIRETLS: boolean
  readonly hideDSN: boolean
  readonly lmtp?: boolean
  readonly authRequiredMessage?: string
  readonly maxAllowedUnauthenticatedCommands?: number
}

export function roleOptions(role: ListenerRole, auth: boolean): RoleOptions {
  const common = { hideREQUIRETLS: true, hideDSN: false, authMethods: ['PLAIN', 'LOGIN'] }
  switch (role) {
    case 'mx':
      return { ...common, authOptional: true, disabledCommands: auth ? ['WIZ'] : ['AUTH', 'WIZ'] }
    case 'submission':
      return {
        ...common,
        authOptional: false,
        disabledCommands: ['WIZ'],
        // RFC 4954 §6; a client may try its password a few times before that.
        authRequiredMessage: `${replies.authRequired.enhanced} ${replies.authRequired.text}`,
        maxAllowedUnauthenticatedCommands: 20,
      }
    case 'lmtp':
      return { ...common, lmtp: true, authOptional: true, disabledCommands: ['AUTH', 'WIZ'] }
  }
}
