// SPDX-License-Identifier: Apache-2.0
/** Lines and literals → one whole command (RFC 3501 §2.2.1, §4.3; RFC 7888). */
import { Refusal } from './refusal.ts'
import type { Wire } from './wire.ts'

export interface Ceilings {
  /** Bytes of all lines of one command. RFC 7162 §4 asks for 8000 at least. */
  readonly lineBytes: number
  /** Bytes of one literal. */
  readonly literalBytes: number
}

export interface ReadCommand {
  readonly tag: string
  /** Upper case; "" where there is none. */
  readonly name: string
  readonly bytes: Buffer
  /** Where the arguments begin, their space included. */
  readonly args: number
}

/** Most literals of one command. */
const maxLiterals = 100

/** The command's tag and name; the tag is "*" where none can be read (RFC 3501 §7.1.3). */
function headOf(line: Buffer): { readonly tag: string; readonly name: string; readonly args: number } {
  const text = line.toString('latin1', 0, 200)
  const [whole, tag, name] = /^([^\x00-\x20\x7f-\xff(){%*"\\+]{1,100}) ([A-Za-z][A-Za-z0-9-]{0,30})/.exec(text) ?? []
  if (whole !== undefined && tag !== undefined && name !== undefined) {
    return { tag, name: name.toUpperCase(), args: whole.length }
  }
  return { tag: /^([^\x00-\x20\x7f-\xff(){%*"\\+]{1,100})(?: |$)/.exec(text)?.[1] ?? '*', name: '', args: text.length }
}

/**
 * Reads one command. A synchronizing literal that is too big is refused before it is sent; a non-synchronizing one is
 * already on its way, so the connection has to end (RFC 7888 §4): fatal.
 * @throws Hangup, LineTooLong, and TooBig
 */
export async function readCommand(
  wire: Wire,
  ceilingsFor: (commandName: string) => Ceilings,
  deadline: () => number,
): Promise<ReadCommand> {
  const first = await wire.line(ceilingsFor('').lineBytes, deadline())
  const head = headOf(first)
  const ceilings = ceilingsFor(head.name)
  const pieces: Buffer[] = [first]
  let lineBytes = first.length
  let line = first
  for (let literals = 0; ; literals += 1) {
    const found = /\{(\d{1,10})(\+?)\}$/.exec(line.toString('latin1', Math.max(0, line.length - 14)))
    if (found === null) return { ...head, bytes: pieces.length === 1 ? first : Buffer.concat(pieces) }
    const size = Number(found[1])
    const synchronizing = found[2] === ''
    if (size > ceilings.literalBytes || literals >= maxLiterals) {
      throw new TooBig(head.tag, !synchronizing, `literals of ${head.name} end at ${ceilings.literalBytes} bytes`)
    }
    if (synchronizing) await wire.write('+ go ahead\r\n')
    const literal = await wire.bytes(size, deadline())
    line = await wire.line(Math.max(0, ceilings.lineBytes - lineBytes), deadline())
    lineBytes += line.length
    pieces.push(Buffer.from('\r\n'), literal, line)
  }
}

/** A literal beyond its ceiling. */
export class TooBig extends Refusal {
  readonly tag: string
  readonly fatal: boolean

  constructor(tag: string, fatal: boolean, text: string) {
    super('NO', text, 'TOOBIG')
    this.tag = tag
    this.fatal = fatal
  }
}
