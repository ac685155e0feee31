// SPDX-License-Identifier: Apache-2.0
/** The shelf: what delivery and the mail readers ask of our mailboxes. */
import { randomBytes } from 'node:crypto'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { Folder as DeliveryFolder } from '../core/delivery.ts'
import type { Clock, Logger } from '../core/ports.ts'
import { maildirOf } from './account-path.ts'
import { Contents } from './content.ts'
import { Deposit, type Placing } from './deposit.ts'
import type { Chunks } from './durable.ts'
import { nameMaker } from './file-name.ts'
import type { Flags } from './flags.ts'
import { Folder } from './folder.ts'
import { canonicalName, folderOfEntry, folderPath, whyNotFolder } from './folder-name.ts'
import { type Judgement, judgementOf, judgements } from './judged.ts'
import { oneAtATime } from './lock.ts'
import { OpenFolders } from './open-folders.ts'
import { isMissing } from './scan.ts'
import { changeSubscription, readSubscriptions } from './subscriptions.ts'
import { type Transfer, transfer } from './transfer.ts'
import { nextValidity } from './validity.ts'

/** A new message of ours, whose lines end in CRLF since it came in. */
const asDelivered: Placing = { system: null, dateMs: null, lineEnds: 'crlf' }

/** Folders one account may have. */
const maxFolders = 2000

/** Why the shelf does not do what a reader asked; the code is IMAP's (RFC 5530). */
export class ShelfRefusal extends Error {
  override readonly name = 'ShelfRefusal'
  readonly code: 'ALREADYEXISTS' | 'NONEXISTENT' | 'CANNOT' | 'LIMIT'

  constructor(code: ShelfRefusal['code'], text: string) {
    super(text)
    this.code = code
  }
}

export interface ShelfOptions {
  /** Directory of all mailboxes: <root>/<domain>/<local part>/Maildir. */
  readonly root: string
  readonly clock: Clock
  readonly log: Logger
  /** Told of messages that a reader put into Junk or took out of it. */
  readonly onJudged?: ((judgement: Judgement) => void) | undefined
}

export class Shelf {
  readonly contents = new Contents()
  readonly #root: string
  readonly #clock: Clock
  readonly #log: Logger
  readonly #onJudged: ShelfOptions['onJudged']
  readonly #deposit: Deposit
  readonly #folders = new OpenFolders()
  readonly #inTurn = oneAtATime()

  constructor(options: ShelfOptions) {
    this.#root = resolve(options.root)
    this.#clock = options.clock
    this.#log = options.log
    this.#onJudged = options.onJudged
    const names = nameMaker(hostname(), process.pid, randomBytes(4).toString('hex'))
    this.#deposit = new Deposit(this.#root, options.clock, names)
  }

  /**
   * Puts a message into an account's mailbox, which is made at first use. Durable when it resolves.
   * @param bytes the message with CRLF line ends
   * @param extra.prefix header lines to stand before it (Return-Path and the like), CRLF included
   */
  async deliver(
    account: string,
    folder: DeliveryFolder,
    bytes: Uint8Array | Readable,
    extra: { readonly prefix?: Uint8Array } = {},
  ): Promise<{ readonly path: string }> {
    const maildir = maildirOf(this.#root, account)
    const chunks = chunksOf(bytes, extra.prefix)
    const { path } = await this.#deposit.put(maildir, folder, chunks, asDelivered)
    this.#poke(folderPath(maildir, folder))
    return { path }
  }

  /** All folders of an account by name, INBOX first. */
  async folders(account: string): Promise<readonly string[]> {
    const maildir = await this.#maildir(account)
    const entries = await readdir(maildir, { withFileTypes: true })
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => folderOfEntry(entry.name))
    return ['INBOX', ...names.filter((name) => name !== null).sort()].slice(0, maxFolders)
  }

  /** Null where there is no such folder. The answer is current. */
  async open(account: string, written: string): Promise<Folder | null> {
    const name = canonicalName(written)
    if (whyNotFolder(name) !== null) return null
    const maildir = await this.#maildir(account)
    const directory = folderPath(maildir, name)
    const newValidity = (): Promise<number> => this.#inTurn(() => nextValidity(maildir, this.#clock.now()))
    const deps = { clock: this.#clock, syncDirectory: this.#deposit.syncDirectory, newValidity }
    if (!(await isFolder(directory))) return null
    return this.#folders.get(directory, () => Folder.open(directory, deps))
  }

  /** @throws ShelfRefusal */
  async create(account: string, written: string): Promise<void> {
    const name = canonicalName(written)
    const why = whyNotFolder(name)
    if (why !== null) throw new ShelfRefusal('CANNOT', why)
    const folders = await this.folders(account)
    if (folders.includes(name)) throw new ShelfRefusal('ALREADYEXISTS', 'the folder exists')
    if (folders.length >= maxFolders) throw new ShelfRefusal('LIMIT', `more than ${maxFolders} folders`)
    await this.#deposit.make(folderPath(await this.#maildir(account), name))
  }

  /** Removes a folder with its mail; folders below it stay. @throws ShelfRefusal */
  async remove(account: string, written: string): Promise<void> {
    const name = canonicalName(written)
    if (name === 'INBOX') throw new ShelfRefusal('CANNOT', 'INBOX cannot be deleted')
    const maildir = await this.#maildir(account)
    const folder = await this.open(account, name)
    if (folder === null) throw new ShelfRefusal('NONEXISTENT', 'no such folder')
    // Renamed first, to a name that is no folder's: a crash while removing leaves no half folder.
    const aside = join(maildir, `postern-deleted-${this.#deposit.newName()}`)
    await folder.retire(() => rename(folder.directory, aside))
    this.#forget(folder.directory)
    await this.#deposit.syncDirectory(maildir)
    const rubbish = (await readdir(maildir)).filter((entry) => entry.startsWith('postern-deleted-'))
    for (const entry of rubbish) await rm(join(maildir, entry), { recursive: true, force: true })
  }

  /** Renames a folder and those below it; INBOX stays and gives its mail away (RFC 3501 §6.3.5). @throws ShelfRefusal */
  async rename(account: string, writtenFrom: string, writtenTo: string): Promise<void> {
    const from = canonicalName(writtenFrom)
    const to = canonicalName(writtenTo)
    const folder = await this.open(account, from)
    if (folder === null) throw new ShelfRefusal('NONEXISTENT', 'no such folder')
    if (from === 'INBOX') {
      await this.create(account, to)
      await this.move(
        folder,
        [...folder.messages()].map(({ uid }) => uid),
        account,
        to,
      )
      return
    }
    const maildir = await this.#maildir(account)
    const folders = await this.folders(account)
    const moves = folders.filter((name) => name === from || name.startsWith(`${from}/`))
    const pairs = moves.map((name) => [name, to + name.slice(from.length)] as const)
    for (const [, target] of pairs) {
      const why = target.startsWith(`${from}/`) ? 'a folder cannot move below itself' : whyNotFolder(target)
      if (why !== null) throw new ShelfRefusal('CANNOT', why)
      if (folders.includes(target)) throw new ShelfRefusal('ALREADYEXISTS', `${target} exists`)
    }
    for (const [name, target] of pairs) {
      const moving = await this.open(account, name)
      await moving?.retire(() => rename(moving.directory, folderPath(maildir, target)))
      this.#forget(folderPath(maildir, name))
    }
    await this.#deposit.syncDirectory(maildir)
  }

  async subscriptions(account: string): Promise<readonly string[]> {
    return readSubscriptions(await this.#maildir(account))
  }

  /** @throws ShelfRefusal */
  async subscribe(account: string, written: string, on: boolean): Promise<void> {
    const name = canonicalName(written)
    const why = whyNotFolder(name)
    if (why !== null && on) throw new ShelfRefusal('CANNOT', why)
    const maildir = await this.#maildir(account)
    if (!(await this.#inTurn(() => changeSubscription(maildir, name, on)))) {
      throw new ShelfRefusal('LIMIT', 'too many subscriptions')
    }
  }

  /** A message with flags, as a client uploads it. Null: no such folder. @param dateMs INTERNALDATE; null: now */
  async append(
    account: string,
    written: string,
    bytes: Uint8Array,
    flags: Flags,
    dateMs: number | null,
  ): Promise<{ readonly uid: number; readonly uidValidity: number } | null> {
    const folder = await this.open(account, written)
    if (folder === null) return null
    const name = canonicalName(written)
    const placing = { system: flags.system, dateMs, lineEnds: 'any' } as const
    const { base } = await this.#deposit.put(maildirOf(this.#root, account), name, [bytes], placing)
    const [uid] = await folder.adopt([{ base, flags }])
    return { uid: uid ?? 0, uidValidity: folder.uidValidity }
  }

  /** Null: no such target. */
  async copy(source: Folder, uids: readonly number[], account: string, target: string): Promise<Transfer | null> {
    return this.#transfer('copy', source, uids, account, target)
  }

  /** Null: no such target. */
  async move(source: Folder, uids: readonly number[], account: string, target: string): Promise<Transfer | null> {
    return this.#transfer('move', source, uids, account, target)
  }

  async #transfer(
    kind: 'copy' | 'move',
    source: Folder,
    uids: readonly number[],
    account: string,
    target: string,
  ): Promise<Transfer | null> {
    const folder = await this.open(account, target)
    if (folder === null) return null
    const spam = judgementOf(source, target)
    const done = await transfer(kind, source, uids, folder, this.#deposit)
    if (spam !== null) for (const one of judgements(account, spam, done, folder, this.contents)) this.#onJudged?.(one)
    return done
  }

  async #maildir(account: string): Promise<string> {
    const maildir = maildirOf(this.#root, account)
    await this.#deposit.ready(maildir, 'INBOX')
    return maildir
  }

  #forget(directory: string): void {
    this.#folders.forget(directory)
    this.#deposit.forget()
  }

  /** Lets the sessions that watch the folder hear of a delivery; nobody waits for it. */
  #poke(directory: string): void {
    const folder = this.#folders.opened(directory)
    if (folder?.watched !== true) return
    folder.syncSoon().catch((cause: unknown) => this.#log.error('mailbox.sync_failed', cause, { directory }))
  }
}

async function isFolder(directory: string): Promise<boolean> {
  try {
    return (await stat(join(directory, 'cur'))).isDirectory()
  } catch (cause) {
    if (isMissing(cause)) return false
    throw cause
  }
}

function chunksOf(bytes: Uint8Array | Readable, prefix: Uint8Array | undefined): Chunks {
  if (bytes instanceof Uint8Array) return prefix === undefined ? [bytes] : [prefix, bytes]
  if (prefix === undefined) return bytes
  return withPrefix(prefix, bytes)
}

async function* withPrefix(prefix: Uint8Array, rest: Readable): AsyncGenerator<unknown> {
  yield prefix
  yield* rest
}

export function openShelf(options: ShelfOptions): Shelf {
  return new Shelf(options)
}
