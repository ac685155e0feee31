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
  postern_smtp_message_bytes: gauge('Bytes of messages under way.'),
  postern_pipeline_messages_total: counter(
    'Messages answered at end of DATA, by what became of them.',
    'way',
    'action',
  ),
  postern_pipeline_incomplete_total: counter('Messages that could not be examined whole.'),
  postern_pipeline_stage_seconds: latency(
    'Time of each stage of a message; of messages that are examined in step, that of all.',
    'stage',
  ),
  postern_msgauth_results_total: counter(
    'Results of SPF, DKIM (the best signature), ARC and DMARC, one of each a message.',
    'method',
    'result',
  ),
  postern_history_records_total: counter('Records of the history.', 'result'),
  postern_bayes_lessons_total: counter('Messages taught to the classifier.', 'source', 'label'),
  postern_bayes_dropped_total: counter('Lessons dropped because too many were waiting.'),
  postern_workers_replaced_total: counter('Worker threads that died or were killed, and were replaced.'),
  postern_workers_waiting: gauge('Messages waiting for a worker.'),
  postern_dns_questions_total: counter('Questions put to name servers.', 'type', 'answer'),
  postern_dns_question_seconds: latency('Time of each question to a name server.', 'type'),
  postern_dns_cache_hits_total: counter('Questions answered from the cache.', 'type'),
  postern_dns_budget_exceeded_total: counter('Questions refused because one transaction had asked too many.'),
  postern_restrictions_refusals_total: counter('Refusals by restriction chains.', 'stage', 'restriction', 'ruling'),
  postern_restrictions_dns_list_answers_total: counter('Answers of DNS lists.', 'list', 'answer'),
  postern_restrictions_policy_questions_total: counter('Questions put to policy services.', 'result'),
  postern_tables_reloads_total: counter('Lookup tables read again after a change.', 'result'),
  postern_queue_enqueued_total: counter('Messages taken into the queue.'),
  postern_queue_entries: gauge('Messages in the queue.', 'state'),
  postern_queue_deliveries_total: counter('Attempts to deliver, by recipient.', 'status'),
  postern_queue_delay_seconds: latency('From arrival in the queue to delivery.'),
  postern_queue_srs_total: counter('Reverse-paths rewritten for mail sent on to other hosts.', 'result'),
  postern_queue_notices_total: counter('Delivery status notifications, and messages kept instead of one.', 'action'),
  postern_quarantine_messages_total: counter('Messages held, released, deleted and expired.', 'event'),
  postern_quarantine_entries: gauge('Messages held now.'),
  postern_delivery_connections_total: counter('Connections to next hops.', 'result'),
  postern_delivery_callouts_total: counter('Recipients asked about at the next hop.', 'result'),
  postern_delivery_sts_hosts_total: counter('MX hosts held against an MTA-STS policy.', 'mode', 'result'),
  postern_imap_connections_total: counter('Connections to IMAP listeners.', 'tls', 'result'),
  postern_imap_sessions: gauge('IMAP sessions now.'),
  postern_imap_logins_total: counter('IMAP logins.', 'mechanism', 'result'),
  postern_imap_commands_total: counter('IMAP commands.', 'command', 'result'),
  postern_imap_command_seconds: latency('Time of each IMAP command.', 'command'),
  postern_imap_tls_failures_total: counter('TLS handshakes on IMAP listeners that failed.'),
} as const satisfies Record<string, MetricSpec>
