// SPDX-License-Identifier: Apache-2.0
import type { Lexer } from './lexer.ts'
import { demandPrivacy, logIn } from './log-in.ts'
import { type Answer, bad, no } from './refusal.ts'
import type { Command, Talk } from './talk.ts'

/** RFC 3501 §6.2.2, with the initial response of RFC 4959. */
export const authenticate: Command = {
  name: 'AUTHENTICATE',
  states: ['unauthenticated'],
  async run(talk, args) {
    demandPrivacy(talk)
    args.space()
    const mechanism = args.word()
    const initial = initialResponse(args)
    if (mechanism === 'PLAIN') return plain(talk, initial ?? (await ask(talk, '')))
    if (mechanism === 'LOGIN') {
      const username = initial ?? (await ask(talk, 'User Name'))
      return logIn(talk, 'LOGIN', username.toString('utf8'), (await ask(talk, 'Password')).toString('utf8'))
    }
    throw no('unknown mechanism', 'CANNOT')
  },
}

function initialResponse(args: Lexer): Buffer | null {
  if (args.atEnd) return null
  args.space()
  const text = args.atom('=')
  args.end()
  return text === '=' ? Buffer.alloc(0) : fromBase64(text)
}

function fromBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw bad('not base64')
  return Buffer.from(text, 'base64')
}

async function ask(talk: Talk, challenge: string): Promise<Buffer> {
  const { limits, clock } = talk.deps
  await talk.wire.write(`+ ${Buffer.from(challenge).toString('base64')}\r\n`)
  const line = await talk.wire.line(limits.preAuthLineBytes, clock.now() + limits.preAuthMs)
  if (line.toString('latin1') === '*') throw bad('cancelled')
  return fromBase64(line.toString('latin1'))
}

/** RFC 4616: authorization identity, NUL, authentication identity, NUL, password. */
function plain(talk: Talk, response: Buffer): Promise<Answer> {
  const [authzid, username, password, ...more] = response.toString('utf8').split('\0')
  if (username === undefined || password === undefined || more.length > 0) throw bad('not a PLAIN response')
  if (authzid !== '' && authzid !== username) throw no('nobody may log in as somebody else', 'AUTHORIZATIONFAILED')
  return logIn(talk, 'PLAIN', username, password)
}
