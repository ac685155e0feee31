// SPDX-License-Identifier: Apache-2.0
/** The operator's tables of routes, in our own words or in those of transport(5). */
import { type Address, printAddress, withoutExtension } from '../core/address.ts'
import type { Route } from '../core/delivery.ts'
import { Failure } from '../core/failure.ts'
import type { Table, TableAnswer } from '../tables/table.ts'
import { parseRoute } from './route.ts'

export type Transport = (address: Address) => Route | null

/** Names tried for one domain: its depth is chosen by a stranger. */
const maxParents = 128

const trouble = { code: 451, enhanced: '4.3.5', text: 'Server configuration error' } as const

/**
 * "smtp:[host]:port", "smtp:domain" (by its MX), "lmtp:host:port", "lmtp:inet:host:port", "lmtp:unix:/path"; "relay:"
 * is "smtp:". Without a next hop it is the recipient's domain. Null when it is none of these, nor a route of ours.
 */
export function parseTransport(text: string, domain: string): Route | null {
  const own = parseRoute(text)
  if (own !== null) return own
  const match = /^(smtp|relay|lmtp):(?:inet:)?(.{0,300})$/.exec(text)
  if (match === null) return null
  const lmtp = match[1] === 'lmtp'
  const hop = match[2] === '' ? domain : (match[2] ?? '')
  if (lmtp)
    return parseRoute(hop.startsWith('unix:') ? `lmtp://${hop.slice(5)}` : `lmtp://${hop.replace(/:lmtp$/, '')}`)
  const bracketed = /^\[(?:ipv6:)?([^\]]+)\](:\d+)?$/i.exec(hop)
  if (bracketed === null) return parseRoute(`mx://${hop}`)
  const [, host = '', port = ''] = bracketed
  return parseRoute(`smtp://${host.includes(':') ? `[${host}]` : host}${port}`)
}

/**
 * Where a FILTER of an access table or a policy service sends a message. Throws a temporary Failure for what is no other
 * host: the client keeps the message until the operator has put it right.
 */
export function filterRoute(text: string, domain: string): Route {
  const route = parseTransport(text, domain)
  if (route !== null && route.kind !== 'maildir' && route.kind !== 'pipe') return route
  const forms = 'write smtp:[host]:port, relay:[host]:port or lmtp:host:port'
  throw new Failure(trouble, `FILTER ${text}: this is no transport of ours (${forms})`)
}

function* keysOf(address: Address, delimiter: string): Iterable<string> {
  yield printAddress(address)
  const plain = withoutExtension(address, delimiter)
  if (plain !== null) yield printAddress(plain)
  yield address.domain
  let dot = address.domain.indexOf('.', 1)
  for (let i = 0; dot >= 0 && i < maxParents; i++) {
    yield address.domain.slice(dot)
    dot = address.domain.indexOf('.', dot + 1)
  }
  yield '*'
}

function answerOf(table: Table, key: string): TableAnswer {
  const answer = table.find(key)
  if (answer instanceof Promise) throw new Failure(trouble, `${table.spec}: routes need a table that answers at once`)
  if (answer.kind === 'failed') throw new Failure(trouble, `${table.spec}: ${answer.because}`)
  return answer
}

/** The first table that knows the address, its domain or a parent. Throws a temporary Failure where an entry is no route. */
export function transportOf(tables: readonly Table[], delimiter: string): Transport {
  return (address) => {
    for (const table of tables) {
      const keys = table.wholeKeysOnly ? [printAddress(address)] : keysOf(address, delimiter)
      for (const key of keys) {
        const answer = answerOf(table, key)
        if (answer.kind !== 'found') continue
        const route = parseTransport(answer.value, address.domain)
        if (route === null) throw new Failure(trouble, `${answer.place}: "${answer.value}" is no route`)
        return route
      }
    }
    return null
  }
}
