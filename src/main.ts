#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { run } from './cli/cli.ts'

// Each fsync blocks one of libuv's threads, of which there are 4 by default: too few for mail that waits for a disk.
process.env['UV_THREADPOOL_SIZE'] ??= '16'

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  input: process.stdin,
})
