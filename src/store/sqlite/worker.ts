// SPDX-License-Identifier: Apache-2.0
/** The worker thread of one database file. */
import { serveChannel } from '../../workers/channel.ts'
import { type SqliteApi, type SqliteData, SqliteServer } from './server.ts'

/** Calls in one transaction at most: the first of them waits for the last. */
const maxGroup = 1_000

serveChannel<SqliteApi>((data) => new SqliteServer(data as SqliteData), maxGroup)
