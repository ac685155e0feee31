// SPDX-License-Identifier: Apache-2.0
/** TOML text → a tree in which every key and value knows its line. The one door to toml-eslint-parser. */
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser'
import { UserError } from '../core/failure.ts'

export type TomlNode =
  | { readonly kind: 'table'; readonly line: number; readonly entries: Map<string, TomlNode> }
  | { readonly kind: 'array'; readonly line: number; readonly items: TomlNode[] }
  | { readonly kind: 'value'; readonly line: number; readonly value: string | number | boolean | Date }

export type TomlTable = Extract<TomlNode, { kind: 'table' }>

/** Throws UserError 78 with file:line where the text is not TOML. */
export function readToml(text: string, file: string): TomlTable {
  const root: TomlTable = { kind: 'table', line: 1, entries: new Map() }
  for (const node of parse(text, file).body[0].body) {
    if (node.type === 'TOMLKeyValue') put(root, keyNames(node.key), node.value)
    else {
      const table = descend(root, node.resolvedKey, node.loc.start.line)
      for (const entry of node.body) put(table, keyNames(entry.key), entry.value)
    }
  }
  return root
}

function parse(text: string, file: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { filePath: file })
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    throw new UserError(78, [{ file, line: error.lineNumber, text: `not TOML: ${error.message}`, hint: null }])
  }
}

function keyNames(key: AST.TOMLKey): string[] {
  return key.keys.map((k) => (k.type === 'TOMLBare' ? k.name : k.value))
}

function put(table: TomlTable, names: readonly string[], value: AST.TOMLContentNode): void {
  const line = value.parent.loc.start.line
  const last = names.at(-1) ?? ''
  descend(table, names.slice(0, -1), line).entries.set(last, convert(value, line))
}

/** Walks to the table at a path, making what is not there yet; numbers are places in an array of tables. */
function descend(root: TomlTable, path: readonly (string | number)[], line: number): TomlTable {
  let here: TomlTable = root
  for (let i = 0; i < path.length; i++) {
    const name = String(path[i])
    const place = path[i + 1]
    if (typeof place === 'number') {
      const found = here.entries.get(name)
      const list: TomlNode = found?.kind === 'array' ? found : { kind: 'array', line, items: [] }
      here.entries.set(name, list)
      here = tableOr(list.items[place], line)
      list.items[place] = here
      i++
    } else {
      const table = tableOr(here.entries.get(name), line)
      here.entries.set(name, table)
      here = table
    }
  }
  return here
}

function tableOr(node: TomlNode | undefined, line: number): TomlTable {
  return node?.kind === 'table' ? node : { kind: 'table', line, entries: new Map() }
}

function convert(node: AST.TOMLContentNode, line: number): TomlNode {
  switch (node.type) {
    case 'TOMLArray':
      return { kind: 'array', line, items: node.elements.map((e) => convert(e, e.loc.start.line)) }
    case 'TOMLInlineTable': {
      const table: TomlTable = { kind: 'table', line, entries: new Map() }
      for (const entry of node.body) put(table, keyNames(entry.key), entry.value)
      return table
    }
    case 'TOMLValue':
      return { kind: 'value', line, value: node.value }
  }
}
