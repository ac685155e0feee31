// SPDX-License-Identifier: Apache-2.0
/** The tree of a Perl pattern → the same pattern for V8. */
import { type Node, unbounded } from './regex-ast.ts'
import { printCode } from './regex-class.ts'

/** JavaScript source for a tree. Captures are kept only where a back reference needs them: the others cost time. */
export function printPattern(node: Node): string {
  return print(node, hasReference(node))
}

function hasReference(node: Node): boolean {
  if (node.kind === 'back') return true
  if (node.kind === 'concat' || node.kind === 'either') return node.items.some(hasReference)
  return 'item' in node && hasReference(node.item)
}

function print(node: Node, captures: boolean): string {
  switch (node.kind) {
    case 'empty':
      return ''
    case 'char':
      return printCode(node.code)
    case 'set':
    case 'assert':
    case 'back':
      return node.source
    case 'concat':
      return node.items
        .map((item) => (item.kind === 'either' ? `(?:${print(item, captures)})` : print(item, captures)))
        .join('')
    case 'either':
      return node.items.map((item) => print(item, captures)).join('|')
    case 'group':
      return `(${node.capture && captures ? (node.name === null ? '' : `?<${node.name}>`) : '?:'}${print(node.item, captures)})`
    case 'flags':
      return `(${node.source}${print(node.item, captures)})`
    case 'look':
      return `(${node.source}${print(node.item, captures)})`
    case 'repeat':
      return `${atomSource(node.item, captures)}${bounds(node.min, node.max)}${node.lazy ? '?' : ''}`
  }
}

function atomSource(node: Node, captures: boolean): string {
  const source = print(node, captures)
  const isAtom = node.kind === 'char' || node.kind === 'set' || node.kind === 'group' || node.kind === 'flags'
  return isAtom ? source : `(?:${source})`
}

function bounds(min: number, max: number): string {
  if (min === 0 && max === 1) return '?'
  if (max === unbounded) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  return min === max ? `{${min}}` : `{${min},${max}}`
}
