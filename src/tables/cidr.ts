// SPDX-License-Identifier: Apache-2.0
/** cidr tables: networks and what to say to their addresses. */
import { contains, type Ip, parseIp, parseNetwork } from '../kit/cidr.ts'
import { type Guard, type Line, parseGuarded } from './guarded.ts'
import { missing, type Read, type TableAnswer } from './table.ts'
import { logicalLines } from './words.ts'

export type Search = (key: string) => TableAnswer

export function parseCidrTable(text: string, file: string): Read<Search> {
  const parsed = parseGuarded<Ip>(logicalLines(text), file, readLine)
  if (parsed.kind === 'bad') return parsed
  const search = parsed.value
  return {
    kind: 'ok',
    value(key) {
      const ip = parseIp(key)
      return ip === null ? missing : search(ip)
    },
  }
}

function readLine(text: string, place: string): Line<Ip> | string {
  const condition = /^if\s+(.+)$/i.exec(text)?.[1]
  if (condition !== undefined) {
    const guard = readGuard(condition)
    return typeof guard === 'string' ? guard : { kind: 'if', guard }
  }
  const match = /^(!?\s*\S+)\s+(.+)$/s.exec(text)
  if (match === null) return `"${text}" is a network without a result`
  const guard = readGuard(match[1] ?? '')
  if (typeof guard === 'string') return guard
  const answer: TableAnswer = { kind: 'found', value: match[2] ?? '', place }
  return { kind: 'rule', rule: { ...guard, answer: () => answer } }
}

/** "!" turns the answer round among addresses of the network's own family: an IPv4 network says nothing of IPv6. */
function readGuard(text: string): Guard<Ip> | string {
  const negated = text.startsWith('!')
  const network = parseNetwork(negated ? text.slice(1).trim() : text)
  if (typeof network === 'string') return network
  const matches = (ip: Ip): boolean => ip.length === network.words.length && contains(network, ip) !== negated
  return { negative: false, matches }
}
