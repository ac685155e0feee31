// SPDX-License-Identifier: Apache-2.0
/** Where everything lies: what ships with Postern, and what changes at run time under data_dir. */
import { mkdirSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { LoadedConfig } from '../config/load.ts'
import { UserError } from '../core/failure.ts'
import { packageRoot } from '../kit/package-root.ts'

export const shipped = {
  rules: join(packageRoot, 'rules'),
  model: join(packageRoot, 'models', 'prior.model'),
  manifest: join(packageRoot, 'package.json'),
} as const

export interface DataPaths {
  readonly root: string
  readonly database: string
  readonly mail: string
  readonly spool: string
  readonly history: string
  readonly model: string
  readonly dkim: string
  readonly tlsKey: string
  readonly tlsCertificate: string
}

export function dataPaths({ config, base }: LoadedConfig): DataPaths {
  const root = resolve(base, config.data_dir)
  const own = (path: string, fallback: string) => (path === '' ? join(root, fallback) : fromBase(base, path))
  return {
    root,
    database: join(root, 'state.db'),
    mail: join(root, 'mail'),
    spool: join(root, 'spool'),
    history: join(root, 'history'),
    model: own(config.bayes.model, 'bayes.model'),
    dkim: join(root, 'dkim'),
    tlsKey: own(config.tls.key, join('tls', 'key.pem')),
    tlsCertificate: own(config.tls.certificate, join('tls', 'certificate.pem')),
  }
}

/** A path written in the config is taken from the config file's folder. */
export function fromBase(base: string, path: string): string {
  return isAbsolute(path) ? path : resolve(base, path)
}

/** Makes data_dir, readable by us alone: it holds mail, keys and passwords. */
export function makeDataDir(paths: DataPaths): void {
  try {
    mkdirSync(paths.root, { recursive: true, mode: 0o700 })
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new UserError(73, [{ file: paths.root, line: 0, text: `data_dir cannot be made: ${why}`, hint: null }])
  }
}
