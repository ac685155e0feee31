// SPDX-License-Identifier: Apache-2.0
/** [score.composites]: symbols that the operator makes of others, and what they cost. */
import { type LoadedConfig, placeOfTable } from '../config/load.ts'
import type { SymbolName } from '../core/brand.ts'
import type { SymbolSpec } from '../core/evidence.ts'
import type { Complaint } from '../core/failure.ts'
import { type Composite, checkComposites } from '../verdict/composites.ts'

export function compositesOf(loaded: LoadedConfig): readonly Composite[] {
  return [...loaded.config.score.composites].map(([name, { all, any, none }]) => ({
    name: name as SymbolName,
    all: all.map(({ text }) => text),
    any: any.map(({ text }) => text),
    none: none.map(({ text }) => text),
    ...placeOfTable(loaded, `score.composites.${name}`),
  }))
}

export function compositeSymbols(loaded: LoadedConfig): readonly SymbolSpec[] {
  return [...loaded.config.score.composites].map(([name, { points, describe }]) => {
    const { file, line } = placeOfTable(loaded, `score.composites.${name}`)
    return {
      name: name as SymbolName,
      group: 'composites',
      points: points ?? 0,
      describes: describe,
      source: `${file}:${line}`,
    }
  })
}

/** @param symbols what examiners may say; what restriction lists may ("score POINTS NAME …") is found in the config */
export function complaintsAboutComposites(loaded: LoadedConfig, symbols: readonly SymbolSpec[]): readonly Complaint[] {
  const { classes, parameters: _none, ...lists } = loaded.config.restrictions
  const words = [...Object.values(lists), ...classes.values()].flat()
  const noted = words.flatMap(({ text }) => /^score\s+\S+\s+(\S+)/.exec(text)?.[1] ?? [])
  return checkComposites(compositesOf(loaded), [...symbols.map(({ name }) => name), ...noted])
}
