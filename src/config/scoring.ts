// SPDX-License-Identifier: Apache-2.0
/** Settings of what a score brings about, for everybody and for single recipients. */
import { boolean, mapOf, optional, points, table, text, words } from './kinds.ts'

const actions = {
  mark: points(4, 'Add X-Spam headers that say yes.'),
  junk: points(6, "Deliver to the recipient's Junk folder."),
  quarantine: points(10, 'Hold for a person to look at.'),
  reject: points(15, 'Refuse at end of DATA.'),
}

const listed = {
  welcome: words(
    [],
    'Spared score and DMARC, where SPF, DKIM or DMARC proves the name; a mere claim counts for nothing.',
  ),
  block: words([], 'Refused with 550, whether the reverse-path or the From field names them.'),
}

const composite = table(
  'A symbol that is there when all of "all", one of "any" and none of "none" are: of any examiner, restriction lists included; a later composite may build on an earlier one.',
  {
    all: words([], 'Symbols that must be there, each of them.'),
    any: words([], 'Symbols of which one must be there.'),
    none: words([], 'Symbols that must not be there.'),
    points: points(0, 'What it adds to what its symbols cost.'),
    describe: text('', 'What it means, for reports.'),
  },
)

export const score = table('How many points bring about which action; false switches an action off.', {
  ...actions,
  show_symbols: boolean(true, 'Name the symbols that weighed most in the reply to the client.'),
  subject_prefix: text(
    '',
    'Text put before the Subject of mail that is marked, such as "[spam]"; a DKIM signature does not verify after it. Empty: none.',
  ),
  points: mapOf("Points per symbol, in place of the rule author's.", points(0, 'Points.')),
  composites: mapOf('Symbols made of symbols.', composite),
})

export const lists = table(
  'Who is welcome and who is not. An entry is user@example.org, example.org, or .example.org.',
  listed,
)

export const policies = mapOf(
  'Limits and lists for mail to an address, a domain, or ".example.org" for every name below it.',
  table(
    'In place of [score] and before [lists] for mail to "user@example.org", "example.org", or ".example.org" for every name below it, as the client names the recipient. What is not written is taken from the next wider one. Recipients under different policies come in transactions of their own (452).',
    {
      mark: optional(points(null, 'As score.mark.')),
      junk: optional(points(null, 'As score.junk.')),
      quarantine: optional(points(null, 'As score.quarantine.')),
      reject: optional(points(null, 'As score.reject.')),
      welcome: words([], 'As lists.welcome; asked first.'),
      block: words([], 'As lists.block; asked first.'),
    },
  ),
)
