// SPDX-License-Identifier: Apache-2.0
/** The table of the prefilter: for each state and class of bytes the next state. */

export interface Automaton {
  /** Where the next row begins, twice; the lowest bit is set where a literal ends: one test a byte tells. */
  readonly table: Int32Array
  /** By byte. */
  readonly classes: Uint8Array
  readonly rowSize: number
  /** By row: the literals that end there. */
  readonly outputs: readonly (Int32Array | null)[]
}

interface Draft {
  readonly next: Map<number, number>
  readonly literals: Set<number>
  fail: number
}

export function buildAutomaton(literals: readonly string[]): Automaton {
  const nodes: Draft[] = [{ next: new Map(), literals: new Set(), fail: 0 }]
  for (const [number, literal] of literals.entries()) insert(nodes, literal, number)
  const order = linkFailures(nodes)
  const { classes, rowSize } = alphabet(nodes)
  const table = fillTable(nodes, order, classes, rowSize)
  const outputs = nodes.map((node) => (node.literals.size === 0 ? null : Int32Array.from(node.literals)))
  for (let i = 0; i < table.length; i++) {
    const row = table[i] ?? 0
    table[i] = (row * rowSize * 2) | (outputs[row] === null ? 0 : 1)
  }
  return { table, classes, rowSize, outputs }
}
function insert(nodes: Draft[], literal: string, number: number): void {
  let at = 0
  for (let i = 0; i < literal.length; i++) {
    const code = literal.charCodeAt(i)
    const known = nodes[at]?.next.get(code)
    if (known !== undefined) {
      at = known
      continue
    }
    nodes.push({ next: new Map(), literals: new Set(), fail: 0 })
    nodes[at]?.next.set(code, nodes.length - 1)
    at = nodes.length - 1
  }
  nodes[at]?.literals.add(number)
}

/** Breadth first, so that a node's failure link is complete before its children need it. */
function linkFailures(nodes: Draft[]): number[] {
  const order = [0]
  for (let i = 0; i < order.length; i++) {
    const at = order[i] ?? 0
    for (const [code, to] of nodes[at]?.next ?? []) {
      order.push(to)
      const target = nodes[to]
      if (target === undefined) continue
      if (at !== 0) target.fail = step(nodes, nodes[at]?.fail ?? 0, code)
      for (const number of nodes[target.fail]?.literals ?? []) target.literals.add(number)
    }
  }
  return order
}

function step(nodes: readonly Draft[], from: number, code: number): number {
  for (let at = from; ; at = nodes[at]?.fail ?? 0) {
    const to = nodes[at]?.next.get(code)
    if (to !== undefined) return to
    if (at === 0) return 0
  }
}

/** Bytes that no literal holds share class 0; upper-case letters share that of the lower-case ones. */
function alphabet(nodes: readonly Draft[]): { classes: Uint8Array; rowSize: number } {
  const classes = new Uint8Array(256)
  let rowSize = 1
  for (const node of nodes) {
    for (const code of node.next.keys()) if (classes[code] === 0) classes[code] = rowSize++
  }
  for (let code = 0x41; code <= 0x5a; code++) classes[code] = classes[code + 32] ?? 0
  return { classes, rowSize }
}

function fillTable(
  nodes: readonly Draft[],
  order: readonly number[],
  classes: Uint8Array,
  rowSize: number,
): Int32Array {
  const table = new Int32Array(nodes.length * rowSize)
  for (const at of order) {
    const node = nodes[at]
    if (node === undefined) continue
    const row = at * rowSize
    if (at !== 0) table.copyWithin(row, node.fail * rowSize, (node.fail + 1) * rowSize)
    for (const [code, to] of node.next) table[row + (classes[code] ?? 0)] = to
  }
  return table
}
