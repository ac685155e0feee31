// SPDX-License-Identifier: Apache-2.0

/** A store's interface as it looks inside the worker, where nothing waits. */
export type Sync<Store> = {
  readonly [M in keyof Store]: Store[M] extends (...request: infer Request) => Promise<infer Result>
    ? (...request: Request) => Result
    : never
}

/** Its methods as calls over a channel, named "prefix.method". */
export type Remote<Prefix extends string, Store> = {
  readonly [M in keyof Store & string as `${Prefix}.${M}`]: Store[M] extends (
    ...request: infer Request
  ) => Promise<infer Result>
    ? { readonly request: Request; readonly result: Result }
    : never
}
