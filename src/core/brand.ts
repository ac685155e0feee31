// SPDX-License-Identifier: Apache-2.0
/** Values that look alike but must not be mixed up. */

declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** One connection: printed in every log line of it. */
export type SessionId = Brand<string, 'SessionId'>
/** One accepted message: what an operator greps for, and what the client reads after 250. */
export type QueueId = Brand<string, 'QueueId'>
export type BlobId = Brand<string, 'BlobId'>
/** Milliseconds since 1970-01-01 UTC. */
export type EpochMs = Brand<number, 'EpochMs'>
/** Lower-case A-labels, no trailing dot. */
export type Domain = Brand<string, 'Domain'>
/** Upper-case letters, digits, underscores: what an operator greps for. */
export type SymbolName = Brand<string, 'SymbolName'>
