// SPDX-License-Identifier: Apache-2.0
import type { Schema } from './database.ts'

/** What must survive: commits wait for the disk. */
export const durableSchema: Schema = {
  title: 'state',
  migrations: [
    `CREATE TABLE queue (
       id TEXT NOT NULL PRIMARY KEY,
       blob TEXT NOT NULL,
       size_bytes INTEGER NOT NULL,
       envelope TEXT NOT NULL,
       route TEXT NOT NULL,
       destination TEXT NOT NULL,
       folder TEXT NOT NULL,
       arrived_at INTEGER NOT NULL,
       due INTEGER NOT NULL,
       attempts INTEGER NOT NULL,
       last_reply TEXT,
       warned INTEGER NOT NULL,
       returnable INTEGER NOT NULL,
       held INTEGER NOT NULL,
       holder TEXT,
       leased_until INTEGER NOT NULL DEFAULT 0
     ) STRICT;
     CREATE INDEX queue_due ON queue (held, due, destination);
     CREATE INDEX queue_blob ON queue (blob);
     CREATE INDEX queue_holder ON queue (holder) WHERE holder IS NOT NULL;
     CREATE TABLE quarantine (
       id TEXT NOT NULL PRIMARY KEY,
       blob TEXT NOT NULL,
       size_bytes INTEGER NOT NULL,
       envelope TEXT NOT NULL,
       held_at INTEGER NOT NULL,
       score REAL NOT NULL,
       because TEXT NOT NULL,
       evidence TEXT NOT NULL,
       claimed_until INTEGER NOT NULL DEFAULT 0
     ) STRICT;
     CREATE INDEX quarantine_held_at ON quarantine (held_at);
     CREATE INDEX quarantine_blob ON quarantine (blob);
     CREATE TABLE accounts (
       name TEXT NOT NULL PRIMARY KEY,
       password TEXT NOT NULL,
       created_at INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE addresses (
       address TEXT NOT NULL PRIMARY KEY,
       account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
       position INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX addresses_account ON addresses (account, position);`,
  ],
}

/** What may be lost: nothing waits for the disk. */
export const losableSchema: Schema = {
  title: 'greylist',
  migrations: [
    `CREATE TABLE greylist (
       key TEXT NOT NULL PRIMARY KEY,
       first_seen INTEGER NOT NULL,
       passes INTEGER NOT NULL,
       last_seen INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX greylist_last_seen ON greylist (last_seen);`,
  ],
}
