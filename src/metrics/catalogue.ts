// SPDX-License-Identifier: Apache-2.0
/** Every metric: name, help, labels. The reference page is made from this list, and no other name can be counted. */

export interface MetricSpec {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Seconds or bytes; histograms only. */
  readonly buckets?: readonly number[]
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const
const counter = (help: string, ...labels: string[]): MetricSpec => ({ kind: 'counter', help, labels })
const gauge = (help: string, ...labels: string[]): MetricSpec => ({ kind: 'gauge', help, labels })
const latency = (help: string, ...labels: string[]): MetricSpec => ({
  kind: 'histogram',
  help,
  labels,
  buckets: seconds,
})

export const catalogue = {
  postern_smtp_connections_total: counter('Connections accepted on SMTP listeners.', 'role'),
  postern_smtp_replies_total: counter('Replies sent, by code.', 'role', 'code'),
  postern_smtp_logins_total: counter('Attempts to log in for submission.', 'result'),
  postern_smtp_bare_newlines_total: counter('Messages with bare CR or LF.', 'treatment'),
  postern_smtp_connections: gauge('Connections open now.', 'listener'),
  postern_smtp_message_bytes: gauge('Bytes of messages under way.'),
  postern_pipeline_messages_total: counter(
    'Messages answered at end of DATA, by what became of them.',
    'way',
    'action',
  ),
  postern_pipeline_recipients_total: counter('Recipients, by what became of them.', 'outcome'),
  postern_pipeline_incomplete_total: counter('Messages that could not be examined whole.'),
  postern_pipeline_stage_seconds: latency('Time of each stage of a message.', 'stage'),
  postern_workers_replaced_total: counter('Worker threads that died or were killed, and were replaced.'),
  postern_workers_waiting: gauge('Messages waiting for a worker.'),
} as const satisfies Record<string, MetricSpec>
