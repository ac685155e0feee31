#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { run } from './cli/cli.ts'

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  input: process.stdin,
})
