const examiners = '^src/(restrictions|msgauth|rules|bayes|scanners)/'
const custody = '^src/(quarantine|queue|delivery|mailbox)/'
const windows = '^src/(smtp|imap|pop3|web|cli)/'
const doors = {
  'smtp-server': '^src/smtp/wire[.]ts$',
  // msgauth reads authors with its address parser, which needs nothing else of it.
  nodemailer: '^src/(delivery/nodemailer|msgauth/authors)[.]ts$',
  // MTA-STS for outbound mail; of messages msgauth judges without it.
  mailauth: '^src/delivery/mta-sts[.]ts$',
  mailparser: '^src/message/mailparser[.]ts$',
  natural: '^src/bayes/natural[.]ts$',
  'better-sqlite3': '^src/store/sqlite/',
  'prom-client': '^src/metrics/registry[.]ts$',
  pino: '^src/log/logger[.]ts$',
  commander: '^src/cli/',
  hono: '^src/metrics/http[.]ts$',
  '@hono/node-server': '^src/metrics/http[.]ts$',
  'toml-eslint-parser': '^src/config/toml[.]ts$',
  tldts: '^src/dns/suffix[.]ts$',
  'xz-decompress': '^src/bayes/corpus-xz[.]ts$',
  'node-forge': '^src/service/certificate[.]ts$',
}
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
export default {
  forbidden: [
    rule('no-circles', 'Two files that need each other are one file, or lack a third.', {}, { circular: true }),
    rule(
      'core-stands-alone',
      'core is vocabulary: if it needs a room, the word belongs in that room.',
      { path: '^src/core/' },
      { pathNot: '^src/core/', dependencyTypesNot: ['core'] },
    ),
    rule(
      'kit-knows-no-mail',
      'A kit file that imports a room is not a tool but a part of that room.',
      { path: '^src/kit/' },
      { pathNot: '^src/kit/', dependencyTypesNot: ['core', 'npm'] },
    ),
    rule(
      'examiners-are-strangers',
      'Evidence is independent; one examiner reading another counts a fact twice.',
      { path: examiners },
      { path: examiners, pathNot: '^src/$1/' },
    ),
    rule(
      'examiners-do-not-act',
      'An examiner says what it saw. What happens next is decided elsewhere.',
      { path: examiners },
      { path: '^src/(smtp|pipeline|verdict|quarantine|queue|delivery|mailbox|imap|pop3|web|cli)/' },
    ),
    rule(
      'judge-knows-only-words',
      'decide() must stay pure, so it can be replayed over a corpus.',
      { path: '^src/verdict/' },
      { path: '^src/', pathNot: '^src/(verdict|core|kit|config)/' },
    ),
    rule(
      'custody-does-not-judge',
      'Once a message is in custody its verdict is a fact; couriers carry, they do not reconsider.',
      { path: custody },
      { path: '^src/(smtp|pipeline|restrictions|msgauth|rules|bayes|scanners|verdict)/' },
    ),
    rule(
      'history-is-over',
      'What decides must not look at what was decided: only the commands and the root know the history.',
      { path: '^src/', pathNot: '^src/(history|app|cli)/' },
      { path: '^src/history/' },
    ),
    rule(
      'queue-knows-no-courier',
      'The queue hands jobs to a Courier it was given; app.ts chooses which.',
      { path: '^src/queue/' },
      { path: '^src/(delivery|mailbox)/' },
    ),
    rule(
      'spine-knows-no-window',
      'The way of a message is the same whoever knocked.',
      { path: '^src/pipeline/' },
      { path: windows },
    ),
    rule(
      'windows-are-strangers',
      'Protocols meet in shared rooms, never in each other.',
      { path: windows },
      { path: windows, pathNot: '^src/$1/' },
    ),
    rule(
      'readers-see-the-shelf-only',
      'imap and pop3 read mailboxes; how mail got there is not their business.',
      { path: '^src/(imap|pop3)/' },
      { path: '^src/', pathNot: '^src/($1|core|kit|mailbox|accounts|config|log|metrics)/' },
    ),
    rule(
      'app-is-the-root',
      'Only the commands that start the program may build it.',
      { path: '^src/', pathNot: '^src/(main[.]ts|cli/|app/)' },
      { path: '^src/app/' },
    ),
    rule(
      'import-stands-aside',
      'Reading the files of another mail server is a tool; no mail depends on it.',
      { path: '^src/', pathNot: '^src/(import|cli)/' },
      { path: '^src/import/' },
    ),
    rule(
      'threads-in-workers',
      'A thread elsewhere has no deadline.',
      { path: '^src/', pathNot: '^src/workers/' },
      { path: '^(node:)?worker_threads$' },
    ),
    rule(
      'children-in-pipe',
      'Programs are started in one place, with one environment.',
      { path: '^src/', pathNot: '^src/delivery/pipe[.]ts$' },
      { path: '^(node:)?child_process$' },
    ),
    rule(
      'sockets-at-the-edge',
      'A room that thinks does not talk to the network.',
      {
        path: '^src/',
        pathNot:
          '^src/(app|smtp|imap|pop3|web|delivery|scanners|metrics|service|store|accounts|dns/exchange|restrictions/policy-service|tables/tcp-table)',
      },
      { path: '^(node:)?(net|tls|http|https|dgram)$' },
    ),
    rule(
      'names-through-the-resolver',
      'Lookups need deadlines, caches and fakes.',
      { path: '^src/', pathNot: '^src/dns/transport[.]ts$' },
      { path: '^(node:)?dns(/promises)?$' },
    ),
    ...Object.entries(doors).map(([pkg, door]) =>
      rule(
        `one-door-${pkg}`,
        `${pkg} is spoken to in one place, so it can be replaced in one place.`,
        { path: '^src/', pathNot: door },
        { path: `^node_modules/(@types/)?${pkg}/` },
      ),
    ),
    rule('tests-stay-out', 'Production code never imports from test.', { path: '^src/' }, { path: '^test/' }),
    rule('resolves', 'An import that resolves to nothing.', { path: '^src/' }, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
