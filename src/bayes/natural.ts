// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to the natural package, by deep import: its index would load databases and word nets.
 * Used for what hashing cannot do: word stems by language, and word borders in Japanese.
 */
import stemmers from 'natural/lib/natural/stemmers/index.js'
import tokenizers from 'natural/lib/natural/tokenizers/index.js'
import { type FeatureSink, field } from './features.ts'

const stemmerOf = {
  de: stemmers.PorterStemmerDe,
  en: stemmers.PorterStemmer,
  es: stemmers.PorterStemmerEs,
  fr: stemmers.PorterStemmerFr,
  it: stemmers.PorterStemmerIt,
  nl: stemmers.PorterStemmerNl,
  pt: stemmers.PorterStemmerPt,
  ru: stemmers.PorterStemmerRu,
} as const
type Stemmed = keyof typeof stemmerOf

/** Words that are frequent in one language and rare in the others: enough to choose a stemmer. */
const marks = new Map<string, readonly Stemmed[]>()
mark('de', 'und der die das ist nicht sie ihr ihre für mit wir auf ein')
mark('es', 'el los las una usted su para con por y más del está')
mark('fr', 'le les des vous votre est et une pour dans nous avec du')
mark('it', 'il di che è gli della per sono non suo questo con')
mark('nl', 'het een van en niet voor uw wij zijn met op deze')
mark('pt', 'o os você seu sua não para uma com em do da mais')

const japanese = new tokenizers.TokenizerJa()
const memory = new Map<Stemmed, Remembered>()
const maxStems = 20_000
const maxWords = 60
const maxChars = 600

function mark(language: Stemmed, words: string): void {
  for (const word of words.split(' ')) marks.set(word, [...(marks.get(word) ?? []), language])
}

/** Adds the stems of a short text (a subject, an opening): what inflected words have in common. */
export function addStems(sink: FeatureSink, text: string): void {
  const short = text.slice(0, maxChars).toLowerCase()
  if (/[\u3040-\u30ff]/.test(short)) {
    for (const word of japanese.tokenize(short).slice(0, maxWords)) {
      if (word.length > 1) sink.addText(field.stem, 'ja:', word)
    }
    return
  }
  const words = short.match(/[\p{L}\p{M}]{1,30}/gu)?.slice(0, maxWords) ?? []
  const known = remembered(languageOf(words))
  for (const word of words) if (word.length > 3) sink.addText(field.stem, 'stem:', stemOf(known, word))
}

/** The language whose marks occur most; English where none does. */
function languageOf(words: readonly string[]): Stemmed {
  const hits = new Map<Stemmed, number>()
  for (const word of words) {
    const first = word.charCodeAt(0)
    if (first >= 0x400 && first < 0x500) return 'ru'
    for (const language of marks.get(word) ?? []) hits.set(language, (hits.get(language) ?? 0) + 1)
  }
  let best: Stemmed = 'en'
  let most = 1
  for (const [language, count] of hits) if (count > most) [best, most] = [language, count]
  return best
}

interface Remembered {
  readonly language: Stemmed
  readonly stems: Map<string, string>
}

function remembered(language: Stemmed): Remembered {
  let known = memory.get(language)
  if (known === undefined) {
    known = { language, stems: new Map() }
    memory.set(language, known)
  }
  return known
}

/** Stemmers cost microseconds a word, and mail repeats itself: stems are remembered, within bounds. */
function stemOf(known: Remembered, word: string): string {
  const before = known.stems.get(word)
  if (before !== undefined) return before
  const stem = stemmerOf[known.language].stem(word)
  if (known.stems.size >= maxStems) known.stems.clear()
  known.stems.set(word, stem)
  return stem
}
