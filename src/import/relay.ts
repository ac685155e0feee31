// SPDX-License-Identifier: Apache-2.0
/** relayhost and default_transport: where mail for other domains goes. */
import type { Service } from './master-cf.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Section } from './toml.ts'
import { Transports } from './transports.ts'

export function importRelay(parameters: Parameters, services: readonly Service[], notes: Notes): readonly Section[] {
  const relayhost = parameters.value('relayhost')
  const usual = parameters.value('default_transport')
  if (relayhost === '' && usual === 'smtp') return []
  const name = relayhost === '' ? 'default_transport' : 'relayhost'
  const { file, line } = parameters.place(name)
  const routing = new Transports(parameters, services, notes).routeOf('', '', usual)
  if ('because' in routing || /^mx:\/\/$/.test(routing.route)) {
    const because = 'because' in routing ? routing.because : 'it names no next hop'
    notes.add('dropped', { file, line }, `${name} = ${relayhost || usual}`, because)
    return []
  }
  const comment = `${name}, ${file}:${line}`
  return [{ name: 'submission', comments: [], entries: [{ key: 'relayhost', value: routing.route, comment }] }]
}
