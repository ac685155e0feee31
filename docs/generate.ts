// SPDX-License-Identifier: Apache-2.0
/** `npm run docs`: writes docs/reference/. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { referencePages } from './reference.ts'

const folder = join(import.meta.dirname, 'reference')
mkdirSync(folder, { recursive: true })
for (const [name, text] of referencePages()) writeFileSync(join(folder, name), text)
