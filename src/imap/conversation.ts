// SPDX-License-Identifier: Apache-2.0
/** One session from greeting to goodbye: one command at a time, each under a deadline and in a state that allows it. */
import { ShelfRefusal } from '../mailbox/shelf.ts'
import { capabilities } from './capabilities.ts'
import { commands, uidCommands } from './commands.ts'
import { Lexer } from './lexer.ts'
import { type Ceilings, type ReadCommand, readCommand, TooBig } from './read-command.ts'
import { type Answer, bad, Refusal } from './refusal.ts'
import { type Command, type SessionDeps, stateOf, type Talk } from './talk.ts'
import { Hangup, LineTooLong, type Wire } from './wire.ts'

/** Talks until one side ends it. Never throws. */
export async function converse(wire: Wire, ip: string, deps: SessionDeps): Promise<void> {
  const talk: Talk = {
    wire,
    deps,
    ip,
    account: null,
    view: null,
    tag: '*',
    byUid: false,
    failedLogins: 0,
    over: false,
    leave: null,
  }
  try {
    await wire.write(`* OK [CAPABILITY ${capabilities(talk)}] ready\r\n`)
    await commandLoop(talk)
  } catch (cause) {
    sayGoodbye(talk, cause)
  } finally {
    talk.view?.close()
    talk.leave?.()
    wire.end()
  }
}

function sayGoodbye(talk: Talk, cause: unknown): void {
  if (cause instanceof LineTooLong) talk.wire.end('* BYE line too long\r\n')
  else if (cause instanceof Hangup) {
    talk.deps.log.debug('imap.hung_up', { ip: talk.ip, account: talk.account, because: cause.because })
    if (cause.because === 'deadline') talk.wire.end('* BYE waited too long for a command\r\n')
  } else {
    talk.deps.log.error('imap.session_failed', cause, { ip: talk.ip, account: talk.account })
    talk.wire.end('* BYE internal error\r\n')
  }
}

async function commandLoop(talk: Talk): Promise<void> {
  const { limits, clock } = talk.deps
  const loginBy = clock.now() + limits.preAuthMs
  const deadline = (): number => (talk.account === null ? loginBy : clock.now() + limits.idleMs)
  for (let badCommands = 0; !talk.over; ) {
    const read = await readOne(talk, deadline)
    const status = read === null ? 'BAD' : await perform(talk, read)
    if (status === 'BAD') badCommands += 1
    if (badCommands > limits.badCommands) {
      await talk.wire.write('* BYE too many errors\r\n')
      return
    }
  }
}

/** Null: it was too big, and has been refused. */
async function readOne(talk: Talk, deadline: () => number): Promise<ReadCommand | null> {
  try {
    return await readCommand(talk.wire, (name) => ceilings(talk, name), deadline)
  } catch (cause) {
    if (!(cause instanceof TooBig)) throw cause
    await talk.wire.write(`${printAnswer(cause.tag, cause.answer)}`)
    if (!cause.fatal) return null
    await talk.wire.write('* BYE the literal cannot be skipped\r\n')
    talk.over = true
    return null
  }
}

function ceilings({ account, deps: { limits } }: Talk, name: string): Ceilings {
  if (account === null) return { lineBytes: limits.preAuthLineBytes, literalBytes: limits.preAuthLineBytes }
  return { lineBytes: limits.lineBytes, literalBytes: name === 'APPEND' ? limits.appendBytes : limits.literalBytes }
}

async function perform(talk: Talk, read: ReadCommand): Promise<Answer['status']> {
  const { meter, clock, limits } = talk.deps
  talk.tag = read.tag
  talk.byUid = false
  const startedAt = clock.now()
  let command: Command | null = null
  let answer: Answer
  try {
    const args = new Lexer(read.bytes, read.args)
    command = chooseCommand(talk, read.name, args)
    answer = await command.run(talk, args)
  } catch (cause) {
    answer = answerFor(talk, cause)
  }
  const name = command?.name.toLowerCase() ?? 'unknown'
  await sayNews(talk, command?.keepsNumbers === true && !talk.byUid)
  await talk.wire.write(printAnswer(read.tag, answer))
  if (answer.status === 'OK' && command?.name === 'STARTTLS') {
    await talk.wire.startTls(talk.deps.secureContext(), limits.preAuthMs)
  }
  meter.count('postern_imap_commands_total', { command: name, result: answer.status.toLowerCase() })
  meter.observe('postern_imap_command_seconds', (clock.now() - startedAt) / 1000, { command: name })
  return answer.status
}

function chooseCommand(talk: Talk, written: string, args: Lexer): Command {
  let name = written
  if (written === 'UID') {
    args.space()
    name = args.word()
    talk.byUid = true
    if (!uidCommands.has(name)) throw bad('not a UID command')
  }
  const command = commands.get(name)
  if (command === undefined) throw bad('unknown command')
  if (!command.states.includes(stateOf(talk))) throw bad(`${name} is not for the ${stateOf(talk)} state`)
  return command
}

function answerFor(talk: Talk, cause: unknown): Answer {
  if (cause instanceof Refusal) return cause.answer
  if (cause instanceof ShelfRefusal) return { status: 'NO', code: cause.code, text: cause.message }
  if (cause instanceof Hangup || cause instanceof LineTooLong) throw cause
  talk.deps.log.error('imap.command_failed', cause, { ip: talk.ip, account: talk.account, tag: talk.tag })
  // RFC 5530: the mail store has a problem that the user cannot solve.
  return { status: 'NO', code: 'SERVERBUG', text: 'the server could not do that' }
}

/** What happened in the selected folder meanwhile. */
async function sayNews(talk: Talk, keepNumbers: boolean): Promise<void> {
  const { view } = talk
  if (view === null) return
  try {
    await view.folder.sync()
  } catch (cause) {
    talk.deps.log.error('mailbox.sync_failed', cause, { account: talk.account })
  }
  const lines = await view.drain(!keepNumbers)
  if (lines.length > 0) await talk.wire.write(lines.join(''))
}

function printAnswer(tag: string, { status, code, text }: Answer): string {
  return `${tag} ${status} ${code === null ? '' : `[${code}] `}${text.replace(/[^\x20-\x7e]/g, '?')}\r\n`
}
