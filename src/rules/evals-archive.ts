// SPDX-License-Identifier: Apache-2.0
/** eval: tests of what lies in attached archives, and of attachments that ask for a password. */
import { type Archive, isEncryptedDocument, listArchive } from '../message/archive.ts'
import { type Attachment, extensionOf, magicOf } from '../message/attachments.ts'
import { hidesBehindHarmless } from './evals-own.ts'
import type { EvalTest, Views } from './views.ts'

interface Opened {
  readonly file: Attachment
  readonly archive: Archive | null
  readonly isEncryptedDocument: boolean
}

/** Bytes of one attachment that are looked at, and of all of them together. */
const maxBytes = 8_388_608
const maxAllBytes = 16_777_216
/** What has these names is looked into even where its first bytes are not known. */
const archiveNames = new Set(['zip', 'rar', '7z', 'gz', 'tgz', 'tar', 'cab', 'iso', 'img'])
/** Neither archives nor documents that can ask for a password. */
const neverOpened = new Set(['png', 'jpeg', 'gif', 'html', 'rtf', 'pe', 'elf', 'macho', 'lnk', 'class', 'onenote'])
const documentMagic = new Set(['pdf', 'ole'])

/** Each archive and document among the attachments, opened once a message. */
function openAll(views: Views): readonly Opened[] {
  let left = maxAllBytes
  return views.message.attachments.flatMap((file) => {
    const isWorthIt = file.magic !== null ? !neverOpened.has(file.magic) : archiveNames.has(file.extension)
    if (!isWorthIt || left <= 0) return []
    const bytes = file.part.content(Math.min(maxBytes, left))
    left -= bytes.length
    const magic = magicOf(bytes)
    const isLocked = magic !== null && documentMagic.has(magic) && isEncryptedDocument(bytes, magic)
    return [{ file, archive: listArchive(bytes, magic), isEncryptedDocument: isLocked }]
  })
}

const opened = (views: Views): readonly Opened[] => views.once(openAll)

function findMember(views: Views, isWanted: (name: string) => boolean): string | null {
  for (const { file, archive } of opened(views)) {
    // A gzip file without a name inside is called what is left of its own.
    const names = archive?.members.map(({ name }) => (name === '' ? file.name.replace(/\.\w+$/, '') : name))
    const found = names?.find(isWanted)
    if (found !== undefined) return `${found} in ${file.name}`
  }
  return null
}

/** A member's name ends with one of the extensions. */
function archiveExtension(views: Views, args: readonly string[]): string | null {
  return findMember(views, (name) => args.includes(extensionOf(name)))
}

/** A member has one of the names, in whatever folder. */
function archiveMember(views: Views, args: readonly string[]): string | null {
  const names = new Set(args.map((name) => name.toLowerCase()))
  return findMember(views, (name) => names.has(name.toLowerCase().replace(/^.*[/\\]/s, '')))
}

function archiveDoubleExtension(views: Views): string | null {
  return findMember(views, hidesBehindHarmless)
}

/** An archive that nobody can look into without a password. */
function archiveEncrypted(views: Views): string | null {
  return opened(views).find(({ archive }) => archive?.encrypted === true)?.file.name ?? null
}

/** A document that asks for a password. */
function documentEncrypted(views: Views): string | null {
  return opened(views).find((one) => one.isEncryptedDocument)?.file.name ?? null
}

/** Unpacked it is more than so many MB and so many times as large as it is here. */
function archiveBomb(views: Views, args: readonly string[]): string | null {
  const [megabytes = 100, times = 200] = args.map(Number)
  for (const { file, archive } of opened(views)) {
    const size = archive?.unpackedBytes ?? 0
    if (size > megabytes * 1e6 && size > times * file.encodedBytes) return `${file.name}: ${size} bytes`
  }
  return null
}

export const archiveTests: Readonly<Record<string, EvalTest>> = {
  postern_archive_extension: archiveExtension,
  postern_archive_member: archiveMember,
  postern_archive_double_extension: archiveDoubleExtension,
  postern_archive_encrypted: archiveEncrypted,
  postern_archive_bomb: archiveBomb,
  postern_document_encrypted: documentEncrypted,
}
