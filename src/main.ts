#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { packageRoot } from './kit/package-root.ts'

// Each fsync blocks one of libuv's threads, of which there are 4 by default: too few for mail that waits for a disk.
process.env['UV_THREADPOOL_SIZE'] ??= '16'

// What Node makes of our files it keeps, beside the code and for its owner alone: the next start takes half the time, and
// no other thread loads the stripper of types (10 MB each). Where nothing can be written there, all goes as without.
// Threads look at the variable, this one has begun already.
process.env['NODE_COMPILE_CACHE'] ??= join(packageRoot, 'node_modules', '.cache', 'postern')
enableCompileCache()

const { run } = await import('./cli/cli.ts')
process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  input: process.stdin,
})
