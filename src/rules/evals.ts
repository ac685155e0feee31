// SPDX-License-Identifier: Apache-2.0
/** eval: tests by name. Names and arguments of stock tests are SpamAssassin's; ours that it lacks stand in evals-own.ts. */
import { archiveTests } from './evals-archive.ts'
import { authTests } from './evals-auth.ts'
import { bodyTests } from './evals-body.ts'
import { dateTests } from './evals-date.ts'
import { forgedTests } from './evals-forged.ts'
import { freemailTests } from './evals-freemail.ts'
import { fromNameTests } from './evals-fromname.ts'
import { headerTests } from './evals-header.ts'
import { htmlTests } from './evals-html.ts'
import { imageTests } from './evals-image.ts'
import type { EvalTests } from './evals-kit.ts'
import { listTests } from './evals-lists.ts'
import { mimeTests } from './evals-mime.ts'
import { ownTests } from './evals-own.ts'
import { relayTests } from './evals-relay.ts'
import { uriTests } from './evals-uri.ts'
import { currentName } from './settings.ts'
import type { EvalTest } from './views.ts'

const tests: EvalTests = {
  ...headerTests,
  ...forgedTests,
  ...dateTests,
  ...relayTests,
  ...mimeTests,
  ...htmlTests,
  ...bodyTests,
  ...freemailTests,
  ...fromNameTests,
  ...listTests,
  ...uriTests,
  ...imageTests,
  ...authTests,
  ...ownTests,
  ...archiveTests,
}

/** The test of that name, by its present or its older name; undefined when there is none. */
export function evalTest(name: string): EvalTest | undefined {
  return tests[currentName(name)]
}

export const evalNames: readonly string[] = Object.keys(tests)
