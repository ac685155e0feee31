// SPDX-License-Identifier: Apache-2.0
/** Learn, unlearn, relearn: each message once. Blocking file calls: for a worker thread or a command. */
import { existsSync } from 'node:fs'
import { UserError } from '../core/failure.ts'
import type { Clock } from '../core/ports.ts'
import { makeSums, type Sums } from './classify.ts'
import { Journal, type JournalRecord, type Source, sources } from './journal.ts'
import { type ModelFile, readModel, writeModel } from './model.ts'
import { copyTable, emptyTable, localUnit, type Table } from './table.ts'
import { learnFeatures } from './update.ts'

/** Key of the hashes of a model that has no base. */
const defaultSeed = 0x506f7374

export interface Sample {
  readonly digest: string
  readonly spam: boolean
  /** Each once, in the order of the message. */
  readonly features: Uint32Array
}

export interface Learned {
  readonly learned: number
  /** Known with the other label before, or with the same one from a lesser source. */
  readonly moved: number
  /** Already known so, or by a source that outranks this one. */
  readonly known: number
}

interface Entry {
  readonly sequence: number
  readonly spam: boolean
  readonly source: Source
}

export interface TrainerOptions {
  /** The model file; its journal stands beside it as PATH.journal. */
  readonly path: string
  /** The shipped prior to learn on top of; null starts from nothing. */
  readonly basePath: string | null
  readonly clock: Pick<Clock, 'now'>
}

export class Trainer {
  readonly table: Table
  readonly #path: string
  readonly #base: ModelFile | null
  readonly #journal: Journal
  readonly #clock: Pick<Clock, 'now'>
  readonly #entries = new Map<string, Entry>()
  readonly #sums: Sums = makeSums()
  readonly #counts = { ham: 0, spam: 0 }
  #sequence = 0

  /**
   * Opens a model for learning, or makes a new one. What the journal holds beyond the model file (a crash) is applied.
   * One writer at a time: the caller holds the lock. UserErrors as of readModel and Journal.open.
   */
  constructor(options: TrainerOptions) {
    this.#path = options.path
    this.#clock = options.clock
    this.#base = options.basePath === null ? null : readModel(options.basePath)
    const seed = this.#base?.head.seed ?? defaultSeed
    const checkpoint = existsSync(options.path) ? readModel(options.path) : null
    const journal = `${options.path}.journal`
    if (checkpoint !== null && checkpoint.head.sequence > 0 && !existsSync(journal)) {
      const hint = 'restore it beside the model; without it the model can classify, but not learn or forget'
      throw new UserError(66, [{ file: journal, line: 0, text: 'the journal of this model is missing', hint }])
    }
    this.#journal = Journal.open(journal, seed)
    this.table = checkpoint?.table ?? emptyTable(seed)
    this.#open(checkpoint)
  }

  get trained(): { readonly ham: number; readonly spam: number } {
    return { ...this.#counts }
  }

  /** Whether a message is known, and as what. */
  labelOf(digest: string): { readonly spam: boolean; readonly source: Source } | null {
    return this.#entries.get(digest) ?? null
  }

  /**
   * Learns messages in the order of their digests, so that the order in which files were found does not matter.
   * Durable in the journal when it returns; the model file follows at save().
   */
  learn(samples: readonly Sample[], source: Source): Learned {
    const outcome = { learned: 0, moved: 0, known: 0 }
    const fresh: Sample[] = []
    const stale: string[] = []
    const seen = new Set<string>()
    for (const sample of [...samples].sort((a, b) => (a.digest < b.digest ? -1 : 1))) {
      const entry = this.#entries.get(sample.digest)
      if (seen.has(sample.digest) || (entry !== undefined && !outranks(sample.spam, source, entry))) outcome.known++
      else {
        seen.add(sample.digest)
        fresh.push(sample)
        if (entry === undefined) outcome.learned++
        else {
          outcome.moved++
          stale.push(sample.digest)
        }
      }
    }
    for (const digest of stale) this.#record(this.#forgetting(digest, source))
    const records = fresh.map((sample) => this.#learning(sample, source))
    for (const record of records) this.#record(record)
    this.#journal.commit()
    if (stale.length > 0) this.#rebuild()
    else for (const record of records) this.#apply(record)
    return outcome
  }

  /** Unlearns exactly: the model becomes what it would be had the messages never been seen. Returns how many were known. */
  forget(digests: readonly string[], source: Source): number {
    const known = [...new Set(digests)].filter((digest) => this.#entries.has(digest))
    if (known.length === 0) return 0
    for (const digest of known) this.#record(this.#forgetting(digest, source))
    this.#journal.commit()
    if (this.#entries.size === 0) {
      this.#journal.truncate()
      this.#sequence = 0
    }
    this.#rebuild()
    return known.length
  }

  /** Writes the model file. Returns its bytes. */
  async save(): Promise<number> {
    const facts = { base: this.#base?.checksum ?? '', trained: this.trained, sequence: this.#sequence }
    return writeModel(this.#path, this.table, facts, 'exact')
  }

  close(): void {
    this.#journal.close()
  }

  #open(checkpoint: ModelFile | null): void {
    const applied = checkpoint?.head.sequence ?? 0
    let mustRebuild = checkpoint === null || checkpoint.head.base !== (this.#base?.checksum ?? '')
    const tail: JournalRecord[] = []
    for (const record of this.#journal.records()) {
      this.#note(record)
      if (record.sequence <= applied) continue
      if (record.kind === 'forget') mustRebuild = true
      if (!mustRebuild) tail.push(record)
    }
    if (mustRebuild || this.#sequence < applied) this.#rebuild()
    else for (const record of tail) this.#apply(record)
  }

  /** The base, and every live record in order. */
  #rebuild(): void {
    copyTable(this.#base?.table ?? emptyTable(defaultSeed), this.table)
    for (const record of this.#journal.records()) {
      if (record.kind !== 'forget' && this.#entries.get(record.digest)?.sequence === record.sequence)
        this.#apply(record)
    }
  }

  #apply(record: JournalRecord): void {
    learnFeatures(this.table, record.features, record.kind === 'spam', localUnit, this.#sums)
  }

  #record(record: JournalRecord): void {
    this.#journal.append(record)
    this.#note(record)
  }

  #note(record: JournalRecord): void {
    this.#sequence = Math.max(this.#sequence, record.sequence)
    const before = this.#entries.get(record.digest)
    if (before !== undefined) this.#counts[before.spam ? 'spam' : 'ham']--
    if (record.kind === 'forget') {
      this.#entries.delete(record.digest)
      return
    }
    const spam = record.kind === 'spam'
    this.#counts[spam ? 'spam' : 'ham']++
    this.#entries.set(record.digest, { sequence: record.sequence, spam, source: record.source })
  }

  #learning(sample: Sample, source: Source): JournalRecord {
    return {
      kind: sample.spam ? 'spam' : 'ham',
      source,
      sequence: ++this.#sequence,
      at: this.#clock.now(),
      digest: sample.digest,
      features: sample.features,
    }
  }

  #forgetting(digest: string, source: Source): JournalRecord {
    const at = this.#clock.now()
    return { kind: 'forget', source, sequence: ++this.#sequence, at, digest, features: new Uint32Array() }
  }
}

/** A person's label stands against a machine's; among equals the later one counts. */
function outranks(spam: boolean, source: Source, entry: Entry): boolean {
  if (sources.indexOf(source) < sources.indexOf(entry.source)) return false
  return spam !== entry.spam
}
