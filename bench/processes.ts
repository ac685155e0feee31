// SPDX-License-Identifier: Apache-2.0
/** What a server's process tree costs, read from /proc (Linux): processor time and memory. */
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ: the unit of times in /proc/PID/stat, the same on every Linux that Node runs on. */
const ticksPerSecond = 100

interface Stat {
  readonly pid: number
  readonly parent: number
  /** Ticks of the process, all its threads, and those of its children that have ended. */
  readonly ticks: number
}

export interface Memory {
  /** Shared pages divided among those who share them: what the tree takes from the machine. */
  readonly pssBytes: number
  /** Sum of each process's own largest resident size; counts shared pages once for each process. */
  readonly highWaterBytes: number
}

/** Processor seconds that the trees below these processes have used since they began. */
export function cpuSeconds(roots: readonly number[]): number {
  return tree(roots).reduce((sum, stat) => sum + stat.ticks, 0) / ticksPerSecond
}

/** Asks every half second, and remembers the largest answer. */
export class MemoryWatch implements Disposable {
  readonly #roots: readonly number[]
  readonly #timer: NodeJS.Timeout
  #peak: Memory = { pssBytes: 0, highWaterBytes: 0 }

  constructor(roots: readonly number[]) {
    this.#roots = roots
    this.#look()
    this.#timer = setInterval(() => this.#look(), 500)
  }

  /** The peak until now. */
  peak(): Memory {
    this.#look()
    return this.#peak
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = memoryOf(tree(this.#roots).map((stat) => stat.pid))
    this.#peak = {
      pssBytes: Math.max(this.#peak.pssBytes, now.pssBytes),
      highWaterBytes: Math.max(this.#peak.highWaterBytes, now.highWaterBytes),
    }
  }
}

function memoryOf(pids: readonly number[]): Memory {
  let pssBytes = 0
  let highWaterBytes = 0
  for (const pid of pids) {
    const status = read(`/proc/${pid}/status`)
    // Another user's process hides its smaps: then its resident size has to do.
    const pss = kilobytes(read(`/proc/${pid}/smaps_rollup`), 'Pss') ?? kilobytes(status, 'VmRSS')
    pssBytes += pss ?? 0
    highWaterBytes += kilobytes(status, 'VmHWM') ?? 0
  }
  return { pssBytes, highWaterBytes }
}

function kilobytes(text: string | null, field: string): number | null {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text ?? '')
  return found === null ? null : Number(found[1]) * 1024
}

/** The processes of these trees that live now. */
function tree(roots: readonly number[]): Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat !== null)
  const found = new Map(all.filter((stat) => roots.includes(stat.pid)).map((stat) => [stat.pid, stat]))
  for (let grew = true; grew; ) {
    grew = false
    for (const stat of all) {
      if (found.has(stat.pid) || !found.has(stat.parent)) continue
      found.set(stat.pid, stat)
      grew = true
    }
  }
  return [...found.values()]
}

/** proc_pid_stat(5): fields are counted after the name in parentheses, which may hold anything. */
function statOf(pid: number): Stat | null {
  const text = read(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return { pid, parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) }
}

/** null when the process has ended meanwhile, or hides. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
