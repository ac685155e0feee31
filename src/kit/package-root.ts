// SPDX-License-Identifier: Apache-2.0
/** The folder of the package that a file belongs to: of the checkout, or of what was published. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The nearest folder above this file that has a package.json: the code lies in src/, or in dist/src/ when published. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)))

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from))
}
