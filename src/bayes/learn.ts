// SPDX-License-Identifier: Apache-2.0
/**
 * Learn, unlearn, relearn: each message once. Blocking file calls: for a worker thread or a command. Several processes
 * may teach one model: each holds the lock for a batch, and takes up what the others wrote before it writes itself.
 */
import { existsSync } from 'node:fs'
import { UserError } from '../core/failure.ts'
import type { Clock } from '../core/ports.ts'
import { makeSums, type Sums } from './gather.ts'
import { Journal, type JournalRecord, type Source } from './journal.ts'
import { journalOf } from './journal-file.ts'
import { type Claim, type Entry, Known } from './known.ts'
import { underLock } from './lock.ts'
import { peekModel, readModel, writeModel } from './model.ts'
import { everybody, type Reach } from './scopes.ts'
import { copyTable, emptyTable, type Table, viewTable } from './table.ts'
import { learnMessage } from './update.ts'

/** Key of the hashes of a model that has no base. */
const defaultSeed = 0x506f7374

export interface Sample {
  readonly digest: string
  readonly spam: boolean
  /** Each once, in the order of the message. */
  readonly features: Uint32Array
  /** Whose opinion it is: an account, or a domain; everybody's unless said. */
  readonly reader?: string
  /** How far it reaches: to all unless said. */
  readonly reach?: Reach
}

export interface Learned {
  readonly learned: number
  /** Known with the other label before, or guessed otherwise by a lesser source. */
  readonly moved: number
  /** Already known so, or by a source that outranks this one. */
  readonly known: number
}

export interface TrainerOptions {
  /** The model file; its journal stands beside it as PATH.journal, and its lock as PATH.lock. */
  readonly path: string
  /** The shipped prior to learn on top of; null starts from nothing. */
  readonly basePath: string | null
  readonly clock: Pick<Clock, 'now'>
  /** A buffer to keep the model in, which others read; of its own unless given. */
  readonly into?: SharedArrayBuffer
}

export class Trainer {
  readonly table: Table
  readonly #options: TrainerOptions
  readonly #seed: number
  readonly #baseChecksum: string
  readonly #sums: Sums = makeSums()
  #journal: Journal
  #known = new Known()
  #sequence = 0
  #emptied = 0
  #saved = -1

  /**
   * Opens a model for learning, or makes a new one. What the journal holds beyond the model file (a crash, another
   * process) is applied. UserErrors as of readModel, Journal.open and underLock.
   */
  constructor(options: TrainerOptions) {
    this.#options = options
    const base = options.basePath === null ? null : peekModel(options.basePath)
    this.#seed = base?.head.seed ?? defaultSeed
    this.#baseChecksum = base?.checksum ?? ''
    this.table = options.into === undefined ? emptyTable(this.#seed) : viewTable(options.into)
    this.#journal = this.#locked(() => {
      const journal = this.#openJournal()
      this.#load(journal)
      return journal
    })
  }

  get trained(): { readonly ham: number; readonly spam: number } {
    return this.#known.counts
  }

  /** Whether the model file lacks something that was learnt. */
  get isSaved(): boolean {
    return this.#sequence === 0 || this.#saved === this.#sequence
  }

  /** Who said what of a message. */
  labelsOf(digest: string): readonly Entry[] {
    return this.#known.of(digest)
  }

  /**
   * Learns messages in the order of their digests, so that the order in which files were found does not matter.
   * Durable in the journal when it returns; the model file follows at save().
   */
  learn(samples: readonly Sample[], source: Source): Learned {
    return this.#locked(() => {
      this.#takeUp()
      const outcome = { learned: 0, moved: 0, known: 0 }
      const fresh: JournalRecord[] = []
      let mustRebuild = false
      for (const sample of [...samples].sort((a, b) => (a.digest < b.digest ? -1 : 1))) {
        const claim: Claim = { digest: sample.digest, spam: sample.spam, source, reader: readerOf(sample) }
        const ruling = this.#known.rule(claim)
        if (ruling.kind === 'known' || ruling.kind === 'confirm') outcome.known++
        else outcome[ruling.kind === 'learn' ? 'learned' : 'moved']++
        if (ruling.kind === 'known') continue
        if (ruling.kind === 'confirm') this.#record(this.#recordOf('confirm', claim))
        if (ruling.kind === 'replace') {
          for (const { reader } of ruling.stale) this.#record(this.#recordOf('forget', { ...claim, reader }))
          mustRebuild = true
        }
        if (ruling.kind !== 'confirm') {
          const record = this.#recordOf(sample.spam ? 'spam' : 'ham', claim, sample)
          this.#record(record)
          fresh.push(record)
        }
      }
      this.#journal.commit()
      if (mustRebuild) this.#rebuild(this.#journal)
      else for (const record of fresh) this.#apply(record, this.table)
      return outcome
    })
  }

  /** Unlearns exactly: the model becomes what it would be had the messages never been seen. Returns how many were known. */
  forget(digests: readonly string[], source: Source): number {
    return this.#locked(() => {
      this.#takeUp()
      const known = [...new Set(digests)].filter((digest) => this.#known.of(digest).length > 0)
      if (known.length === 0) return 0
      for (const digest of known) {
        for (const { reader, spam } of this.#known.of(digest)) {
          this.#record(this.#recordOf('forget', { digest, reader, spam, source }))
        }
      }
      this.#journal.commit()
      if (this.#known.size === 0) {
        this.#journal.truncate()
        this.#emptied = this.#journal.emptied()
        this.#sequence = 0
      }
      this.#rebuild(this.#journal)
      // An old model file beside a journal that counts anew from one would hide what is learnt next.
      if (this.#sequence === 0) this.#write()
      return known.length
    })
  }

  /** Applies what other processes learnt or forgot meanwhile. */
  refresh(): void {
    this.#locked(() => this.#takeUp())
  }

  /** Writes the model file. Returns its bytes. */
  save(): number {
    return this.#locked(() => {
      this.#takeUp()
      return this.#write()
    })
  }

  close(): void {
    this.#journal.close()
  }

  #locked<T>(work: () => T): T {
    return underLock(`${this.#options.path}.lock`, work)
  }

  #write(): number {
    const facts = { base: this.#baseChecksum, trained: this.trained, sequence: this.#sequence }
    const bytes = writeModel(this.#options.path, this.table, facts, 'exact')
    this.#saved = this.#sequence
    return bytes
  }

  #openJournal(): Journal {
    const { path } = this.#options
    const file = journalOf(path)
    if (existsSync(path) && !existsSync(file) && peekModel(path).head.sequence > 0) {
      const hint = 'restore it beside the model; without it the model can classify, but not learn or forget'
      throw new UserError(66, [{ file, line: 0, text: 'the journal of this model is missing', hint }])
    }
    const journal = Journal.open(file, this.#seed)
    if (journal.isInOrder()) return journal
    journal.sort()
    journal.close()
    return Journal.open(file, this.#seed)
  }

  /** From the model file and the journal behind it; two walks, so that no tail need be held in memory. */
  #load(journal: Journal): void {
    const { path } = this.#options
    const checkpoint = existsSync(path) ? readModel(path) : null
    const applied = checkpoint?.head.sequence ?? 0
    let mustRebuild = checkpoint === null || checkpoint.head.base !== this.#baseChecksum
    this.#known = new Known()
    this.#sequence = 0
    this.#emptied = journal.emptied()
    for (const record of journal.records()) {
      this.#note(record)
      if (record.sequence > applied && record.kind === 'forget') mustRebuild = true
    }
    if (mustRebuild || checkpoint === null || this.#sequence < applied) {
      this.#rebuild(journal)
      return
    }
    copyTable(checkpoint.table, this.table)
    this.#saved = applied
    if (this.#sequence === applied) return
    for (const record of journal.records()) if (record.sequence > applied) this.#apply(record, this.table)
  }

  /** What others appended since; everything anew where they emptied or replaced the journal. */
  #takeUp(): void {
    if (this.#journal.isReplaced() || this.#journal.emptied() !== this.#emptied) {
      this.#journal.close()
      this.#journal = this.#openJournal()
      this.#load(this.#journal)
      return
    }
    const from = this.#journal.end
    if (!this.#journal.takeUp()) return
    let mustRebuild = false
    const fresh: JournalRecord[] = []
    for (const record of this.#journal.records(from)) {
      this.#note(record)
      if (record.kind === 'forget') mustRebuild = true
      else if (!mustRebuild) fresh.push(record)
    }
    if (mustRebuild) this.#rebuild(this.#journal)
    else for (const record of fresh) this.#apply(record, this.table)
  }

  /** The base, and every live record in order; beside the table, which readers go on using, and put there at once. */
  #rebuild(journal: Journal): void {
    const { basePath } = this.#options
    const fresh = basePath === null ? emptyTable(this.#seed) : readModel(basePath).table
    for (const record of journal.records()) {
      if (record.kind !== 'forget' && record.kind !== 'confirm' && this.#known.isLive(record))
        this.#apply(record, fresh)
    }
    copyTable(fresh, this.table)
    this.#saved = -1
  }

  #apply({ kind, features, reader, reach }: JournalRecord, table: Table): void {
    if (kind === 'ham' || kind === 'spam') {
      learnMessage(table, { features, spam: kind === 'spam', reader, reach }, this.#sums)
    }
  }

  #record(record: JournalRecord): void {
    this.#journal.append(record)
    this.#note(record)
  }

  #note(record: JournalRecord): void {
    this.#sequence = Math.max(this.#sequence, record.sequence)
    this.#known.note(record)
  }

  #recordOf(kind: JournalRecord['kind'], { digest, reader, source }: Claim, sample?: Sample): JournalRecord {
    const features = sample?.features ?? new Uint32Array()
    const reach = sample?.reach ?? 'all'
    const at = this.#options.clock.now()
    return { kind, source, sequence: ++this.#sequence, at, digest, reader, reach, features }
  }
}

function readerOf(sample: Sample): string {
  return sample.reader?.toLowerCase() ?? everybody
}
