// SPDX-License-Identifier: Apache-2.0
/** A written list → items of a chain; whatever cannot be meant is complained about at its place. */
import { type Complaint, UserError } from '../core/failure.ts'
import type { ChainStage } from '../core/ruling.ts'
import { didYouMean } from '../kit/nearest.ts'
import { type Build, Misspelt } from './build.ts'
import { catalogue, scoreInstead, warnIfReject } from './catalogue.ts'
import type { Item } from './ruling.ts'
import { scanText, type Written, type WrittenLine } from './scan.ts'
import { scoreAlways } from './score.ts'

/** A named list (smtpd_restriction_classes). Filled after all are known: classes may name each other. */
export interface RestrictionClass {
  items: readonly Item[]
}

export interface ParseScope {
  readonly build: Build
  readonly classes: ReadonlyMap<string, RestrictionClass>
  /** What a table without a name stands for; null where it stands for nothing. */
  readonly bareTable: string | null
}

/** What "type:table" alone means in each list. */
export const bareTables: Readonly<Record<ChainStage, string | null>> = {
  client: 'check_client_access',
  helo: 'check_helo_access',
  sender: 'check_sender_access',
  relay: 'check_recipient_access',
  recipient: 'check_recipient_access',
  data: null,
  end_of_data: null,
  etrn: 'check_etrn_access',
}

/** The items of all lines; complaints are added to the list given. */
export async function parseLines(
  lines: readonly WrittenLine[],
  scope: (line: WrittenLine) => ParseScope,
  complaints: Complaint[],
): Promise<readonly Item[]> {
  const items: Item[] = []
  for (const line of lines) {
    const told = (error: unknown): void => {
      complaints.push(...complaintsFor(error, line))
    }
    try {
      const own = scope(line)
      for (const written of scanText(line.text, own.bareTable))
        await makeItem(written, own).then((item) => items.push(item), told)
    } catch (error) {
      told(error)
    }
  }
  return items
}

function complaintsFor(error: unknown, { file, line }: WrittenLine): readonly Complaint[] {
  if (error instanceof UserError) return error.complaints
  if (error instanceof Misspelt) return [{ file, line, text: error.message, hint: error.hint }]
  throw error
}

/** For the answers of tables. Throws a Misspelt, or a UserError of a table. */
export async function parseText(text: string, scope: ParseScope): Promise<readonly Item[]> {
  const items: Item[] = []
  for (const written of scanText(text, scope.bareTable)) items.push(await makeItem(written, scope))
  return items
}

async function makeItem({ name, argument, warnOnly, scored }: Written, scope: ParseScope): Promise<Item> {
  if (scored !== null) scope.build.declare(scored)
  const before = scored === null ? '' : `${scoreInstead} ${scored.points} ${scored.symbol}`
  if (name === scoreInstead) return { restriction: { text: before, examine: () => scoreAlways }, warnOnly, scored }
  const named = scope.classes.get(name)
  // A class of this name was there before our word was: postgrey's manual calls its class so.
  const maker = name === 'greylist' && named !== undefined ? undefined : catalogue.get(name)
  if (maker !== undefined) {
    const examine = await maker.make(argument ?? '', scope.build)
    return { restriction: { text: [before, name, argument].filter(Boolean).join(' '), examine }, warnOnly, scored }
  }
  if (named === undefined) {
    const known = [...catalogue.keys(), warnIfReject, scoreInstead, ...scope.classes.keys()]
    throw new Misspelt(`"${name}" is not a restriction`, didYouMean(name.toLowerCase(), known))
  }
  const because = `class ${name}`
  return {
    restriction: { text: name, examine: (_, about) => ({ kind: 'list', items: named.items, about, because }) },
    warnOnly,
    scored,
  }
}
