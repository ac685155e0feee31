// SPDX-License-Identifier: Apache-2.0
/** Every command we know, by name. UID is none of its own: it says how to read the arguments of the one behind it. */
import { append } from './cmd-append.ts'
import { authenticate } from './cmd-authenticate.ts'
import { capability } from './cmd-capability.ts'
import { close, unselect } from './cmd-close.ts'
import { copy, move } from './cmd-copy.ts'
import { createFolder } from './cmd-create.ts'
import { deleteFolder } from './cmd-delete.ts'
import { enable } from './cmd-enable.ts'
import { expunge } from './cmd-expunge.ts'
import { fetch } from './cmd-fetch.ts'
import { id } from './cmd-id.ts'
import { idle } from './cmd-idle.ts'
import { list, lsub } from './cmd-list.ts'
import { login } from './cmd-login.ts'
import { logout } from './cmd-logout.ts'
import { namespace } from './cmd-namespace.ts'
import { check, noop } from './cmd-noop.ts'
import { rename } from './cmd-rename.ts'
import { search } from './cmd-search.ts'
import { examine, select } from './cmd-select.ts'
import { starttls } from './cmd-starttls.ts'
import { status } from './cmd-status.ts'
import { store } from './cmd-store.ts'
import { subscribe, unsubscribe } from './cmd-subscribe.ts'
import type { Command } from './talk.ts'

const all: readonly Command[] = [
  ...[capability, noop, logout, id, starttls, login, authenticate],
  ...[enable, namespace, list, lsub, status, select, examine, createFolder, deleteFolder, rename, subscribe],
  ...[unsubscribe, append, idle, check, close, unselect, expunge, fetch, store, copy, move, search],
]

export const commands: ReadonlyMap<string, Command> = new Map(all.map((command) => [command.name, command]))

/** Commands that "UID" may stand before (RFC 3501 §6.4.8, RFC 4315, RFC 6851). */
export const uidCommands: ReadonlySet<string> = new Set(['FETCH', 'STORE', 'COPY', 'MOVE', 'SEARCH', 'EXPUNGE'])
