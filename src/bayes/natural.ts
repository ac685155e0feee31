// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to the natural package, file by file: its indexes would load databases, word nets and a megabyte of stop
 * words into every thread. Used for what hashing cannot do: word stems by language, and word borders in Japanese.
 */
import { createRequire } from 'node:module'
import { type FeatureSink, field, finish, hashText, step } from './features.ts'

const load = createRequire(import.meta.url)

/** The files of the stemmers; each is loaded when the first word of its language comes. */
const stemmerFiles = {
  de: 'porter_stemmer_de.js',
  en: 'porter_stemmer.js',
  es: 'porter_stemmer_es.js',
  fr: 'porter_stemmer_fr.js',
  it: 'porter_stemmer_it.js',
  nl: 'porter_stemmer_nl.js',
  pt: 'porter_stemmer_pt.js',
  ru: 'porter_stemmer_ru.js',
} as const
type Stemmed = keyof typeof stemmerFiles
const languages = Object.keys(stemmerFiles) as Stemmed[]
const stemmers = new Map<Stemmed, { stem(word: string): string }>()

/** Words that are frequent in one language and rare in the others: enough to choose a stemmer. */
const marks = new Map<number, readonly number[]>()
mark('de', 'und der die das ist nicht sie ihr ihre für mit wir auf ein')
mark('es', 'el los las una usted su para con por y más del está')
mark('fr', 'le les des vous votre est et une pour dans nous avec du')
mark('it', 'il di che è gli della per sono non suo questo con')
mark('nl', 'het een van en niet voor uw wij zijn met op deze')
mark('pt', 'o os você seu sua não para uma com em do da mais')

let japanese: { tokenize(text: string): string[] } | null = null
const maxWords = 60
const maxChars = 600
const maxWord = 30
const longestMark = 6

function mark(language: Stemmed, words: string): void {
  for (const word of words.split(' ')) {
    const key = hashText(0, word)
    marks.set(key, [...(marks.get(key) ?? []), languages.indexOf(language)])
  }
}

/** Adds the stems of a short text (a subject, an opening): what inflected words have in common. */
export function addStems(sink: FeatureSink, text: string): void {
  const short = text.slice(0, maxChars).toLowerCase()
  if (/[\u3040-\u30ff]/.test(short)) {
    japanese ??= loadJapanese()
    for (const word of japanese.tokenize(short).slice(0, maxWords)) {
      if (word.length > 1) sink.addText(field.stem, 'ja:', word)
    }
    return
  }
  const count = findWords(short)
  const language = languageOf(short, count)
  for (let k = 0; k < count; k++) {
    if ((found.end[k] as number) - (found.start[k] as number) > 3) addStem(sink, short, k, language)
  }
}

/** The words of the text at hand: where they lie, and their hash. One object, as this runs for every message. */
const found = {
  start: new Uint16Array(maxWords),
  end: new Uint16Array(maxWords),
  hash: new Int32Array(maxWords),
  check: new Int32Array(maxWords),
}

/** Finds the first words of a text in small letters. Most mail is ASCII, for which Unicode's classes need not be asked. */
function findWords(text: string): number {
  let count = 0
  let start = -1
  for (let i = 0; i <= text.length && count < maxWords; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 0
    if (c > 127) return findAnyWords(text)
    const inside = c >= 97 && c <= 122
    if (inside && start < 0) start = i
    if (start >= 0 && (!inside || i - start === maxWord)) {
      note(text, start, i, count++)
      start = inside ? i : -1
    }
  }
  return count
}

/** The same for any script: runs of letters and marks, up to 30 characters each. */
function findAnyWords(text: string): number {
  let count = 0
  let start = -1
  let characters = 0
  for (let i = 0; i <= text.length && count < maxWords; ) {
    const character = i < text.length ? (text.codePointAt(i) as number) : 0
    const inside = isWordly(character)
    if (start >= 0 && (!inside || characters === maxWord)) {
      note(text, start, i, count++)
      start = -1
    }
    if (inside && start < 0) [start, characters] = [i, 0]
    characters++
    i += character > 0xffff ? 2 : 1
  }
  return count
}

/** Letters and marks of the basic plane, by what Unicode's classes said when they were first met: 1 no, 2 yes. */
const wordly = new Uint8Array(1 << 16)

function isWordly(character: number): boolean {
  const known = character > 0xffff ? 0 : (wordly[character] as number)
  if (known !== 0) return known === 2
  const is = /[\p{L}\p{M}]/u.test(String.fromCodePoint(character))
  if (character <= 0xffff) wordly[character] = is ? 2 : 1
  return is
}

function note(text: string, start: number, end: number, k: number): void {
  let hash = 0
  let check = 0x811c9dc5
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i)
    hash = step(hash, c)
    check = Math.imul(check, 31) + c
  }
  found.start[k] = start
  found.end[k] = end
  found.hash[k] = hash
  found.check[k] = check
}

/** The language whose marks occur most; English where none does. */
function languageOf(text: string, count: number): number {
  hits.fill(0)
  for (let k = 0; k < count; k++) {
    const first = text.charCodeAt(found.start[k] as number)
    if (first >= 0x400 && first < 0x500) return russian
    if ((found.end[k] as number) - (found.start[k] as number) > longestMark) continue
    for (const language of marks.get(found.hash[k] as number) ?? none) hits[language] = (hits[language] as number) + 1
  }
  let best = english
  let most = 1
  for (let language = 0; language < hits.length; language++) {
    if ((hits[language] as number) > most) {
      best = language
      most = hits[language] as number
    }
  }
  return best
}

const none: readonly number[] = []
const hits = new Uint16Array(languages.length)
const english = languages.indexOf('en')
const russian = languages.indexOf('ru')

/**
 * Stemmers cost microseconds a word, and mail repeats itself. Remembered is the hash of "stem:" and the stem, under 64
 * bits of the word's hash. A word lies in one of two slots beside one another; the older of both makes way.
 */
const slots = 1 << 18
const memory = { key: new Int32Array(slots * 2), stem: new Int32Array(slots), seed: 0 }

const stemKind = 'stem:'

function addStem(sink: FeatureSink, text: string, k: number, language: number): void {
  if (memory.seed !== sink.seed) forget(sink.seed)
  const hash = found.hash[k] as number
  const check = ((found.check[k] as number) ^ Math.imul(language + 1, 0x9e3779b1)) | 0
  const slot = (finish(hash) ^ language) & (slots - 1) & ~1
  const known = isAt(slot, hash, check) ? slot : isAt(slot + 1, hash, check) ? slot + 1 : -1
  let running: number
  if (known >= 0) running = memory.stem[known] as number
  else {
    running = hashText(hashText(sink.seed, stemKind), stemAt(text, k, language))
    remember(slot, hash, check, running)
  }
  sink.add(field.stem, running)
  if (sink.explaining) sink.name(field.stem, running, () => stemKind + stemAt(text, k, language))
}

function isAt(slot: number, hash: number, check: number): boolean {
  return memory.key[slot * 2] === hash && memory.key[slot * 2 + 1] === check
}

/** The newer word stands first. */
function remember(slot: number, hash: number, check: number, running: number): void {
  const { key, stem } = memory
  key.copyWithin(slot * 2 + 2, slot * 2, slot * 2 + 2)
  stem[slot + 1] = stem[slot] as number
  key[slot * 2] = hash
  key[slot * 2 + 1] = check
  stem[slot] = running
}

function forget(seed: number): void {
  memory.key.fill(0)
  memory.seed = seed
}

function stemAt(text: string, k: number, language: number): string {
  const name = languages[language] ?? 'en'
  const stemmer = stemmers.get(name) ?? load(`natural/lib/natural/stemmers/${stemmerFiles[name]}`)
  stemmers.set(name, stemmer)
  return stemmer.stem(text.slice(found.start[k], found.end[k]))
}

function loadJapanese(): { tokenize(text: string): string[] } {
  const Tokenizer = load('natural/lib/natural/tokenizers/tokenizer_ja.js')
  return new Tokenizer()
}
