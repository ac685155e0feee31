// SPDX-License-Identifier: Apache-2.0
/** Character references of HTML (HTML 4.01 §24, and the HTML standard's rules for numbers). */
import { isAlphanumeric, isDigit } from '../kit/bytes.ts'
import { windows1252 } from './charset.ts'

/** Names of U+00A0 to U+00FF, in order. */
const latin = `
  nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute
  micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig
  Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash
  Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute
  ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc
  uuml yacute thorn yuml
`

/** name=code point, hexadecimal. */
const others = `
  quot=22 amp=26 lt=3c gt=3e apos=27 OElig=152 oelig=153 Scaron=160 scaron=161 Yuml=178 fnof=192 circ=2c6
  tilde=2dc Alpha=391 Beta=392 Gamma=393 Delta=394 Epsilon=395 Zeta=396 Eta=397 Theta=398 Iota=399 Kappa=39a
  Lambda=39b Mu=39c Nu=39d Xi=39e Omicron=39f Pi=3a0 Rho=3a1 Sigma=3a3 Tau=3a4 Upsilon=3a5 Phi=3a6 Chi=3a7 Psi=3a8
  Omega=3a9 alpha=3b1 beta=3b2 gamma=3b3 delta=3b4 epsilon=3b5 zeta=3b6 eta=3b7 theta=3b8 iota=3b9 kappa=3ba
  lambda=3bb mu=3bc nu=3bd xi=3be omicron=3bf pi=3c0 rho=3c1 sigmaf=3c2 sigma=3c3 tau=3c4 upsilon=3c5 phi=3c6
  chi=3c7 psi=3c8 omega=3c9 thetasym=3d1 upsih=3d2 piv=3d6 ensp=2002 emsp=2003 thinsp=2009 zwnj=200c zwj=200d
  lrm=200e rlm=200f ndash=2013 mdash=2014 lsquo=2018 rsquo=2019 sbquo=201a ldquo=201c rdquo=201d bdquo=201e
  dagger=2020 Dagger=2021 bull=2022 hellip=2026 permil=2030 prime=2032 Prime=2033 lsaquo=2039 rsaquo=203a
  oline=203e frasl=2044 euro=20ac image=2111 weierp=2118 real=211c trade=2122 alefsym=2135 larr=2190 uarr=2191
  rarr=2192 darr=2193 harr=2194 crarr=21b5 lArr=21d0 uArr=21d1 rArr=21d2 dArr=21d3 hArr=21d4 forall=2200 part=2202
  exist=2203 empty=2205 nabla=2207 isin=2208 notin=2209 ni=220b prod=220f sum=2211 minus=2212 lowast=2217
  radic=221a prop=221d infin=221e ang=2220 and=2227 or=2228 cap=2229 cup=222a int=222b there4=2234 sim=223c
  cong=2245 asymp=2248 ne=2260 equiv=2261 le=2264 ge=2265 sub=2282 sup=2283 nsub=2284 sube=2286 supe=2287
  oplus=2295 otimes=2297 perp=22a5 sdot=22c5 lceil=2308 rceil=2309 lfloor=230a rfloor=230b lang=2329 rang=232a
  loz=25ca spades=2660 clubs=2663 hearts=2665 diams=2666 commat=40 num=23 period=2e colon=3a sol=2f excl=21
  dollar=24 percnt=25 lowbar=5f hyphen=2010 Tab=9 NewLine=a ZeroWidthSpace=200b NoBreak=2060 InvisibleTimes=2062
  InvisibleComma=2063 lpar=28 rpar=29 comma=2c semi=3b equals=3d quest=3f plus=2b ast=2a AMP=26 LT=3c GT=3e
  QUOT=22
`

const named = new Map<string, string>()
for (const [i, name] of latin.trim().split(/\s+/).entries()) named.set(name, String.fromCharCode(0xa0 + i))
for (const pair of others.trim().split(/\s+/)) {
  const [name, hex] = pair.split('=')
  named.set(name ?? '', String.fromCodePoint(Number.parseInt(hex ?? '', 16)))
}

/** Decodes the character references of a text; unknown ones stay as they are written. */
export function decodeEntities(text: string): string {
  let at = text.indexOf('&')
  if (at < 0) return text
  let out = ''
  let from = 0
  while (at >= 0) {
    const read = readReference(text, at)
    if (read !== null) {
      out += text.slice(from, at) + read.text
      from = read.end
    }
    at = text.indexOf('&', read?.end ?? at + 1)
  }
  return out + text.slice(from)
}

function readReference(text: string, at: number): { text: string; end: number } | null {
  if (text[at + 1] === '#') return readNumber(text, at + 2)
  let end = at + 1
  while (end < text.length && end - at < 32 && isAlphanumeric(text.charCodeAt(end))) end++
  const found = named.get(text.slice(at + 1, end))
  return found === undefined ? null : { text: found, end: text[end] === ';' ? end + 1 : end }
}

function readNumber(text: string, start: number): { text: string; end: number } | null {
  const hex = text[start] === 'x' || text[start] === 'X'
  const digits = hex ? start + 1 : start
  let end = digits
  while (end < text.length && end - digits < 9 && isDigitOf(text.charCodeAt(end), hex)) end++
  if (end === digits) return null
  const code = Number.parseInt(text.slice(digits, end), hex ? 16 : 10)
  return { text: characterOf(code), end: text[end] === ';' ? end + 1 : end }
}

function characterOf(code: number): string {
  // Browsers read &#128; to &#159; as windows-1252.
  if (code >= 0x80 && code <= 0x9f) return windows1252(Uint8Array.of(code))
  const valid = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return String.fromCodePoint(valid ? code : 0xfffd)
}

function isDigitOf(code: number, hex: boolean): boolean {
  return isDigit(code) || (hex && (code | 32) >= 0x61 && (code | 32) <= 0x66)
}
