// SPDX-License-Identifier: Apache-2.0
/** Reads a folder of real messages and puts each into the form in which it goes over the wire. */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'

/** What lies beside messages and is none. */
const notMail = new Set(['.tsv', '.md', '.json', '.txt', '.xz', '.gz', '.ts', '.mjs'])

/**
 * The messages below a folder, in the order of their paths, ready to be sent after DATA's 354.
 * @param limit at most so many, evenly spread over the folder; 0: all
 */
export async function readMessages(folder: string, limit: number): Promise<Buffer[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !notMail.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const messages: Buffer[] = []
  for (const file of spread(files, limit)) messages.push(wireForm(await readFile(file)))
  return messages
}

/** So many messages, from the first again where they run out. */
export function inTurn(messages: readonly Buffer[], count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => messages[i % messages.length] ?? Buffer.alloc(0))
}

function spread(files: readonly string[], limit: number): readonly string[] {
  if (limit === 0 || files.length <= limit) return files
  const step = files.length / limit
  return Array.from({ length: limit }, (_, i) => files[Math.floor(i * step)] ?? '')
}

/**
 * Every line ended by CRLF, dots at the start of lines doubled (RFC 5321 §4.5.2), the final dot appended. A line that
 * an mbox put in front ("From sender date") is not part of the message.
 */
export function wireForm(raw: Uint8Array): Buffer {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
    .toString('latin1')
    .replace(/^From [^\r\n]*(?:\r\n|\r|\n)/, '')
    .replace(/\r\n|\r|\n/g, '\r\n')
    .replace(/^\./gm, '..')
  return Buffer.from(`${text}${text === '' || text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1')
}
