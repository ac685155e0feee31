// SPDX-License-Identifier: Apache-2.0
/** Presets: files of settings that ship with Postern, read beneath the operator's own. */
import { join } from 'node:path'
import { packageRoot } from '../kit/package-root.ts'

export const presets = ['permissive', 'standard', 'strict'] as const

export type Preset = (typeof presets)[number]

export function presetFile(name: Preset): string {
  return join(packageRoot, 'rules', `${name}.toml`)
}
