// SPDX-License-Identifier: Apache-2.0
/**
 * Many literals in one pass over a text (Aho and Corasick 1975), as one table: each byte of the text costs two look-ups,
 * however many rules there are. Case of ASCII letters does not count.
 */

export interface Prefilter {
  /** Calls `found` for every id with a literal in the text; an id may be told more than once. */
  scan(text: string, found: (id: number) => void): void
}

interface Draft {
  readonly next: Map<number, number>
  readonly ids: Set<number>
  fail: number
}

/** Builds the table. Literals are lower case, one code unit per byte. */
export function buildPrefilter(
  entries: readonly { readonly id: number; readonly literals: readonly string[] }[],
): Prefilter {
  const nodes: Draft[] = [{ next: new Map(), ids: new Set(), fail: 0 }]
  for (const entry of entries) for (const literal of entry.literals) insert(nodes, literal, entry.id)
  const order = linkFailures(nodes)
  const { classes, count } = alphabet(nodes)
  const table = fillTable(nodes, order, classes, count)
  const outputs = nodes.map((node) => (node.ids.size === 0 ? null : Int32Array.from(node.ids)))
  // Row offsets with an output have their lowest bit set: one test per byte tells whether there is anything to do.
  for (let i = 0; i < table.length; i++) {
    const row = table[i] ?? 0
    table[i] = (row * count * 2) | (outputs[row] === null ? 0 : 1)
  }
  return { scan: (text, found) => scan(text, table, classes, count, outputs, found) }
}

function scan(
  text: string,
  table: Int32Array,
  classes: Uint8Array,
  count: number,
  outputs: readonly (Int32Array | null)[],
  found: (id: number) => void,
): void {
  let state = 0
  for (let i = 0; i < text.length; i++) {
    state = table[(state >> 1) + (classes[text.charCodeAt(i) & 0xff] as number)] as number
    if ((state & 1) === 0) continue
    const ids = outputs[(state >> 1) / count] ?? null
    if (ids !== null) for (let k = 0; k < ids.length; k++) found(ids[k] as number)
  }
}

function insert(nodes: Draft[], literal: string, id: number): void {
  let at = 0
  for (let i = 0; i < literal.length; i++) {
    const code = literal.charCodeAt(i)
    const known = nodes[at]?.next.get(code)
    if (known !== undefined) {
      at = known
      continue
    }
    nodes.push({ next: new Map(), ids: new Set(), fail: 0 })
    nodes[at]?.next.set(code, nodes.length - 1)
    at = nodes.length - 1
  }
  nodes[at]?.ids.add(id)
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
      for (const id of nodes[target.fail]?.ids ?? []) target.ids.add(id)
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
function alphabet(nodes: readonly Draft[]): { classes: Uint8Array; count: number } {
  const classes = new Uint8Array(256)
  let count = 1
  for (const node of nodes) {
    for (const code of node.next.keys()) if (classes[code] === 0) classes[code] = count++
  }
  for (let code = 0x41; code <= 0x5a; code++) classes[code] = classes[code + 32] ?? 0
  return { classes, count }
}

function fillTable(nodes: readonly Draft[], order: readonly number[], classes: Uint8Array, count: number): Int32Array {
  const table = new Int32Array(nodes.length * count)
  for (const at of order) {
    const node = nodes[at]
    if (node === undefined) continue
    const row = at * count
    if (at !== 0) table.copyWithin(row, node.fail * count, (node.fail + 1) * count)
    for (const [code, to] of node.next) table[row + (classes[code] ?? 0)] = to
  }
  return table
}
