// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { LoadedConfig } from '../config/load.ts'
import { dataPaths, shipped } from './paths.ts'

export interface ModelChoice {
  readonly model?: string
  /** False: not on top of the shipped prior. */
  readonly prior: boolean
}

/** The model that a command is about: the named one, or the gateway's own. */
export function modelFiles(loaded: LoadedConfig, choice: ModelChoice): { model: string; prior: string | null } {
  return {
    model: choice.model === undefined ? dataPaths(loaded).model : resolve(choice.model),
    prior: choice.prior && existsSync(shipped.model) ? shipped.model : null,
  }
}
