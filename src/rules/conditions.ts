// SPDX-License-Identifier: Apache-2.0
/** Conditions of if and ifplugin lines: what of SpamAssassin is here. */
import { compileExpression, parseExpression } from './expression.ts'

/** The SpamAssassin whose rule language this is: 4.0.1. */
const version = 4.000001
const perlVersion = 5.036

/** Plugins whose rule types or eval tests are here, by the last part of their name. */
const plugins = new Set([
  'BodyEval',
  'Check',
  'HTMLEval',
  'HeaderEval',
  'MIMEEval',
  'MIMEHeader',
  'SPF',
  'DKIM',
  'DMARC',
  'URIEval',
])
const prefix = 'Mail::SpamAssassin::Plugin::'

/** Language features that rule files ask for with can(). */
const features = new Set(
  [
    'feature_bug6558_free',
    'feature_yesno_takes_args',
    'perl_min_version_5010000',
    'feature_bayes_auto_learn_on_error',
  ].map((name) => `Mail::SpamAssassin::Conf::${name}`),
)

/** True when what the line asks for is here. Throws ExpressionError when it cannot be read. */
export function holds(condition: string): boolean {
  const text = condition.replace(/\bplugin\s*\(\s*([\w:]+)\s*\)/g, 'plugin($1)')
  const test = compileExpression<null>(parseExpression(text), (name, argument) => {
    const value = answer(name, argument)
    return () => value
  })
  return test(null) !== 0
}

function answer(name: string, argument: string | null): number {
  switch (name) {
    case 'version':
      return version
    case 'perl_version':
      return perlVersion
    case 'plugin':
      return plugins.has((argument ?? '').replace(prefix, '')) ? 1 : 0
    case 'can':
    case 'has':
      return features.has(argument ?? '') ? 1 : 0
    case 'true':
      return 1
    default:
      return 0
  }
}
