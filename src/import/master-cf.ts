// SPDX-License-Identifier: Apache-2.0
/** master.cf: one service a logical line, eight columns (master(5)). */
import { type Complaint, UserError } from '../core/failure.ts'
import { joinLines, type Place, splitPlaced, type Written } from './main-cf.ts'

export interface Service extends Place {
  /** As written in the first column: a port, a name, "host:port", or a path. */
  readonly name: string
  readonly type: string
  /** The program: smtpd, postscreen, smtp, lmtp, pipe … */
  readonly command: string
  readonly args: readonly string[]
  /** What "-o name=value" sets for this service alone. */
  readonly overrides: ReadonlyMap<string, Written>
}

const columns = 8

/** Throws UserError 78 for lines that are no services. */
export function readMasterCf(text: string, file: string): readonly Service[] {
  const complaints: Complaint[] = []
  const services: Service[] = []
  for (const open of joinLines(text, file)) {
    const lineAt = (at: number) => open.pieces.findLast((piece) => piece.at <= at)?.line ?? open.line
    const fields = splitPlaced(open.text.replaceAll(',', '\0')).map((field) => ({
      text: field.text.replaceAll('\0', ','),
      line: lineAt(field.at),
    }))
    const [name, type, , , , , , command] = fields
    if (name === undefined || type === undefined || command === undefined) {
      const hint = `a service has ${columns} columns`
      complaints.push({ file, line: open.line, text: `"${open.text.slice(0, 60)}" is no service`, hint })
      continue
    }
    const read = readArguments(fields.slice(columns), file)
    services.push({ file, line: open.line, name: name.text, type: type.text, command: command.text, ...read })
  }
  if (complaints.length > 0) throw new UserError(78, complaints)
  return services
}

function readArguments(
  fields: readonly { readonly text: string; readonly line: number }[],
  file: string,
): Pick<Service, 'args' | 'overrides'> {
  const args: string[] = []
  const overrides = new Map<string, Written>()
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]
    const after = fields[i + 1]
    if (field === undefined) continue
    if (field.text !== '-o' || after === undefined) {
      args.push(field.text)
      continue
    }
    i++
    const text = after.text.startsWith('{') && after.text.endsWith('}') ? after.text.slice(1, -1).trim() : after.text
    const equals = text.indexOf('=')
    if (equals < 1) continue
    const value = text.slice(equals + 1).trim()
    overrides.set(text.slice(0, equals).trim(), {
      file,
      line: after.line,
      value,
      pieces: [{ at: 0, line: after.line }],
    })
  }
  return { args, overrides }
}
