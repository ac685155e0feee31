// SPDX-License-Identifier: Apache-2.0
/** check_policy_service: a program of the operator's decides (postgrey, policyd and others), in the words of access(5). */
import { isAbsolute, join } from 'node:path'
import { inBraces, splitWords } from '../tables/words.ts'
import { Answers, trusting } from './answers.ts'
import { type Build, type Maker, Misspelt } from './build.ts'
import { parseReply, printRequest } from './policy-request.ts'
import { PolicyClient, type PolicyClientOptions, type PolicyEndpoint } from './policy-service-client.ts'
import type { Ruling } from './ruling.ts'

interface Service {
  readonly client: Omit<PolicyClientOptions, 'clock'>
  readonly defaultAction: string
  readonly context: string
}

export const checkPolicyService: Maker = {
  argument: 'inet:host:port or unix:path',
  make(argument, build) {
    const service = readService(argument, build)
    const { clock, log, meter } = build.deps
    const client = new PolicyClient({ ...service.client, clock })
    const answers = new Answers(build, trusting)
    return async (subject, about): Promise<Ruling> => {
      try {
        const action = parseReply(await client.ask(printRequest(subject, service.context), subject.signal))
        meter.count('postern_restrictions_policy_questions_total', { result: action === null ? 'empty' : 'answered' })
        if (action !== null) return answers.rule(action, argument, about)
        log.warn('restrictions.policy_failed', { service: argument, because: 'the reply has no action' })
      } catch (error) {
        meter.count('postern_restrictions_policy_questions_total', { result: 'failed' })
        log.error('restrictions.policy_failed', error, { service: argument })
      }
      return answers.rule(service.defaultAction, `${argument}, which did not answer`, about)
    }
  },
}

const optionNames = [
  'timeout',
  'try_limit',
  'retry_delay',
  'max_idle',
  'max_ttl',
  'default_action',
  'policy_context',
] as const

/** "inet:host:port", or "{ inet:host:port, timeout=10s, default_action=DUNNO }". */
function readService(argument: string, { settings, deps }: Build): Service {
  const inner = inBraces(argument)
  const [where = '', ...written] = inner === null ? [argument] : (splitWords(inner) ?? [])
  const options = new Map(written.map((word) => readOption(inBraces(word) ?? word)))
  const duration = (name: (typeof optionNames)[number], otherwise: number): number => {
    const text = options.get(name)
    return text === undefined ? otherwise : parseSeconds(name, text)
  }
  return {
    client: {
      endpoint: readEndpoint(where, deps.baseDir),
      timeoutMs: duration('timeout', settings.policyServiceTimeout),
      tries: Number(options.get('try_limit') ?? settings.policyServiceTryLimit),
      retryDelayMs: duration('retry_delay', settings.policyServiceRetryDelay),
      maxIdleMs: duration('max_idle', settings.policyServiceMaxIdle),
      maxTtlMs: duration('max_ttl', settings.policyServiceMaxTtl),
    },
    defaultAction: options.get('default_action') ?? settings.policyServiceDefaultAction,
    context: options.get('policy_context') ?? settings.policyServicePolicyContext,
  }
}

function readOption(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  const name = pair.slice(0, Math.max(0, equals)).trim()
  if (!optionNames.some((one) => one === name))
    throw new Misspelt(`"${pair}" is no option of a policy service`, `options: ${optionNames.join(', ')}`)
  return [name, pair.slice(equals + 1).trim()]
}

function parseSeconds(name: string, text: string): number {
  const match = /^(\d{1,6})([smhd]?)$/.exec(text)
  if (match === null) throw new Misspelt(`${name}=${text} is no time`, 'write 10s')
  const unit = { '': 1e3, s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[match[2] ?? ''] ?? 1e3
  return Number(match[1]) * unit
}

function readEndpoint(where: string, baseDir: string): PolicyEndpoint {
  const path = /^unix:(.+)$/.exec(where)?.[1]
  if (path !== undefined) return { path: isAbsolute(path) ? path : join(baseDir, path) }
  const match = /^inet:(?:(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(where)
  const port = Number(match?.[3] ?? 0)
  if (port < 1 || port > 65_535)
    throw new Misspelt(`"${where}" is not the address of a policy service`, 'write inet:127.0.0.1:10023 or unix:/path')
  return { host: match?.[1] ?? match?.[2] ?? '127.0.0.1', port }
}
