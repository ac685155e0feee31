// SPDX-License-Identifier: Apache-2.0
/** The Meter port. The one door to prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Meter } from '../core/ports.ts'
import { catalogue, type MetricSpec } from './catalogue.ts'

export interface Metrics extends Meter {
  /** Called before each scrape, to set gauges that are read rather than counted. */
  onScrape(read: () => void | Promise<void>): void
  /** The text of /metrics. */
  text(): Promise<string>
  readonly contentType: string
}

type Instrument = Counter | Gauge | Histogram

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const instruments = new Map<string, Instrument>()
  for (const [name, spec] of Object.entries(catalogue)) instruments.set(name, create(name, spec, registry))
  const readers: (() => void | Promise<void>)[] = []
  const instrument = (name: string): Instrument => {
    const found = instruments.get(name)
    if (found === undefined) throw new Error(`no metric ${name} in metrics/catalogue.ts`)
    return found
  }
  return {
    count(name, labels = {}, by = 1) {
      const found = instrument(name)
      if (found instanceof Counter) found.inc(labels, by)
    },
    gauge(name, value, labels = {}) {
      const found = instrument(name)
      if (found instanceof Gauge) found.set(labels, value)
    },
    observe(name, value, labels = {}) {
      const found = instrument(name)
      if (found instanceof Histogram) found.observe(labels, value)
    },
    onScrape: (read) => readers.push(read),
    async text() {
      for (const read of readers) await read()
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}

function create(name: string, spec: MetricSpec, registry: Registry): Instrument {
  const common = { name, help: spec.help, labelNames: [...spec.labels], registers: [registry] }
  switch (spec.kind) {
    case 'counter':
      return new Counter(common)
    case 'gauge':
      return new Gauge(common)
    case 'histogram':
      return new Histogram({ ...common, buckets: [...(spec.buckets ?? [])] })
  }
}

/** For rooms under test and for commands. */
export const silentMeter: Meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }
