// SPDX-License-Identifier: Apache-2.0
/** What an access table or a policy service has said (access(5)) → a ruling; texts that come again are not read again. */
import { Lru } from '../kit/lru.ts'
import { type Action, parseAction } from './action.ts'
import type { Build } from './build.ts'
import type { About } from './refusal.ts'
import { dunno, type Item, misconfigured, permit, type Ruling, refuse, rejected } from './ruling.ts'
import { fixDsn } from './wording.ts'

/** Values read and kept for one source: patterns can make new ones without end. */
const maxActions = 2000

export interface Manner {
  /** For names that the client chooses itself: "OK" would let it in on its own word. */
  readonly okIsForbidden: boolean
}

export const trusting: Manner = { okIsForbidden: false }
export const distrusting: Manner = { okIsForbidden: true }

export class Answers {
  readonly #build: Build
  readonly #manner: Manner
  readonly #actions = new Lru<string, Action>(maxActions)
  readonly #lists = new Lru<string, Promise<readonly Item[]>>(maxActions)

  constructor(build: Build, manner: Manner) {
    this.#build = build
    this.#manner = manner
  }

  /** place: where the value stands, for the trace and the log. */
  rule(value: string, place: string, about: About): Ruling | Promise<Ruling> {
    let action = this.#actions.get(value, 0)
    if (action === undefined) {
      action = parseAction(value)
      this.#actions.set(value, action, 1)
    }
    return this.#act(action, place, about)
  }

  #act(action: Action, place: string, about: About): Ruling | Promise<Ruling> {
    const because = `${place} says so`
    switch (action.kind) {
      case 'dunno':
        return dunno(`${place}: DUNNO`)
      case 'ok':
        if (this.#manner.okIsForbidden) return misconfigured(`${place}: OK is not allowed here, write DUNNO`)
        return permit(because)
      case 'refuse': {
        const code = this.#codeOf(action.code)
        return refuse(rejected(about, code, fixDsn(action.dsn, about.class), action.text), because)
      }
      case 'defer_if_permit':
      case 'defer_if_reject': {
        const code = this.#build.settings.accessMapDeferCode
        const refusal = rejected(about, code, fixDsn(action.dsn, about.class), action.text)
        return { kind: action.kind, refusal, because }
      }
      case 'discard':
        return { kind: 'discard', because: `${place}: ${action.text}` }
      case 'hold':
        return { kind: 'note', because, order: { kind: 'hold', because: action.text } }
      case 'filter':
        return { kind: 'note', because, order: { kind: 'filter', transport: action.to } }
      case 'redirect':
      case 'bcc':
        return { kind: 'note', because, order: { kind: action.kind, to: action.to } }
      case 'prepend':
        return { kind: 'note', because, order: { kind: 'prepend', name: action.name, value: action.value } }
      case 'warn':
      case 'info':
        return { kind: 'note', because, warning: action.text }
      case 'senseless':
        return { kind: 'note', because: `${place}: ${action.because}`, warning: `${place}: ${action.because}` }
      case 'list':
        return this.#list(action.text, place, about)
    }
  }

  #codeOf(code: number | 'reject' | 'defer'): number {
    if (code === 'reject') return this.#build.settings.accessMapRejectCode
    return code === 'defer' ? this.#build.settings.accessMapDeferCode : code
  }

  async #list(text: string, place: string, about: About): Promise<Ruling> {
    let list = this.#lists.get(text, 0)
    if (list === undefined) {
      list = this.#build.parseAnswer(text)
      this.#lists.set(text, list, 1)
    }
    try {
      return { kind: 'list', items: await list, about, because: `${place}: ${text}` }
    } catch (error) {
      return misconfigured(`${place}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
