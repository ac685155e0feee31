// SPDX-License-Identifier: Apache-2.0
/** Rule files from disk. Folders are read in the order of their file names, as SpamAssassin does; later files override. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Complaint } from '../core/failure.ts'
import { type CompiledRules, compileRules, type ScoreSet } from './compile.ts'
import { complain, emptyBook, finishBook, type Place, parseRules, type RuleBook } from './parse.ts'

export interface LoadedRules {
  readonly rules: CompiledRules
  /** What is wrong, with file:line. The rules that are right are loaded all the same. */
  readonly complaints: readonly Complaint[]
  /** What was left out on purpose: SpamAssassin settings without meaning here, blocks for absent plugins. */
  readonly notices: readonly Complaint[]
}

/** Files that include each other stop here. */
const maxIncludes = 20
/** Bytes of one rule file. */
const maxFileBytes = 16 * 1024 * 1024

/**
 * Loads files and folders of .cf files, in the order given: own rules last, so that they override.
 * all: rules whose hits nothing asks for are kept, to see what hits. Reads synchronously: it runs at start, at reload, and once in every worker thread.
 */
export function loadRules(paths: readonly string[], scoreSet: ScoreSet, all = false): LoadedRules {
  const book = emptyBook()
  for (const path of paths) {
    for (const file of filesOf(path, book)) readRuleFile(file, book, { file, line: 0 }, 0)
  }
  finishBook(book)
  const rules = compileRules(book, scoreSet, all)
  return { rules, complaints: book.complaints, notices: book.notices }
}

function filesOf(path: string, book: RuleBook): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const names = readdirSync(path).filter((name) => name.endsWith('.cf') && !name.startsWith('.'))
    return names.sort().map((name) => join(path, name))
  } catch (cause) {
    complain(book.complaints, { file: path, line: 0 }, `cannot be read: ${reason(cause)}`, null)
    return []
  }
}

function readRuleFile(file: string, book: RuleBook, from: Place, depth: number): void {
  if (depth > maxIncludes) {
    complain(book.complaints, from, 'files include each other', null)
    return
  }
  const text = readText(file, book, from)
  if (text === null) return
  parseRules(text, file, book, (name, at) => readRuleFile(resolve(dirname(file), name), book, at, depth + 1))
}

function readText(file: string, book: RuleBook, from: Place): string | null {
  try {
    if (statSync(file).size > maxFileBytes) throw new Error(`larger than ${maxFileBytes} bytes`)
    return readFileSync(file, 'latin1')
  } catch (cause) {
    complain(book.complaints, from, `cannot be read: ${reason(cause)}`, null)
    return null
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
