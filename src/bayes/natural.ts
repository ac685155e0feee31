// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to the natural package, by deep import: its index would load databases and word nets.
 * Used for what hashing cannot do: word stems by language, and word borders in Japanese.
 */
import stemmers from 'natural/lib/natural/stemmers/index.js'
import tokenizers from 'natural/lib/natural/tokenizers/index.js'
import { type FeatureSink, field } from './features.ts'

type Language = 'de' | 'en' | 'es' | 'fr' | 'it' | 'ja' | 'nl' | 'pt' | 'ru'

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

/** Words that are frequent in one language and rare in the others: enough to choose a stemmer. */
const marks: readonly (readonly [Language, ReadonlySet<string>])[] = [
  [
    'de',
    new Set(['und', 'der', 'die', 'das', 'ist', 'nicht', 'sie', 'ihr', 'ihre', 'für', 'mit', 'wir', 'auf', 'ein']),
  ],
  ['es', new Set(['el', 'los', 'las', 'una', 'usted', 'su', 'para', 'con', 'por', 'y', 'más', 'del', 'está'])],
  ['fr', new Set(['le', 'les', 'des', 'vous', 'votre', 'est', 'et', 'une', 'pour', 'dans', 'nous', 'avec', 'du'])],
  ['it', new Set(['il', 'di', 'che', 'è', 'gli', 'della', 'per', 'sono', 'non', 'suo', 'questo', 'con'])],
  ['nl', new Set(['het', 'een', 'van', 'en', 'niet', 'voor', 'uw', 'wij', 'zijn', 'met', 'op', 'deze'])],
  ['pt', new Set(['o', 'os', 'você', 'seu', 'sua', 'não', 'para', 'uma', 'com', 'em', 'do', 'da', 'mais'])],
]

const japanese = new tokenizers.TokenizerJa()
const stems = new Map<string, string>()
const maxStems = 20_000
const maxWords = 60
const maxChars = 600

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
  const language = languageOf(words)
  for (const word of words) if (word.length > 3) sink.addText(field.stem, 'stem:', stemOf(language, word))
}

/** The language whose marks occur most; English where none does. */
function languageOf(words: readonly string[]): Exclude<Language, 'ja'> {
  if (words.some((word) => /[\u0400-\u04ff]/.test(word))) return 'ru'
  let best: Language = 'en'
  let most = 1
  for (const [language, set] of marks) {
    const hits = words.filter((word) => set.has(word)).length
    if (hits > most) [best, most] = [language, hits]
  }
  return best === 'ja' ? 'en' : best
}

/** Stemmers cost microseconds a word, and mail repeats itself: stems are remembered, within bounds. */
function stemOf(language: Exclude<Language, 'ja'>, word: string): string {
  const key = `${language}${word}`
  const known = stems.get(key)
  if (known !== undefined) return known
  const stem = stemmerOf[language].stem(word)
  if (stems.size >= maxStems) stems.clear()
  stems.set(key, stem)
  return stem
}
