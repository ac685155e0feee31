// SPDX-License-Identifier: Apache-2.0
import { localRoute, someCouriers } from '../support/couriers.ts'
import { aSink } from '../support/sink.ts'
import { type CourierWorld, courierSuite } from './courier.ts'

async function remote(kind: 'smtp' | 'lmtp' | 'mx'): Promise<CourierWorld> {
  const sink = await aSink({
    lmtp: kind === 'lmtp',
    answer: (step, line) => (step === 'RCPT' && line.includes('no@') ? '550 5.1.1 unknown' : undefined),
  })
  const couriers = someCouriers({ zone: { a: { 'example.org': ['127.0.0.1'] } } })
  return {
    courier: couriers,
    route: localRoute(kind, sink.port, 'example.org'),
    got: () => sink.messages.map((message) => message.bytes),
    breakDown: async () => sink[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: async () => {
      await couriers[Symbol.asyncDispose]()
      await sink[Symbol.asyncDispose]()
    },
  }
}

async function maildir(): Promise<CourierWorld> {
  const got: Buffer[] = []
  let broken = false
  const couriers = someCouriers({
    accountFor: async ({ localPart }) => {
      if (broken) throw new Error('no directory')
      return localPart === 'yes' ? 'yes' : null
    },
    shelf: {
      deliver: async (_account, _folder, bytes) => {
        got.push(Buffer.from(bytes instanceof Uint8Array ? bytes : Buffer.concat(await Array.fromAsync(bytes))))
      },
    },
  })
  return {
    courier: couriers,
    route: { kind: 'maildir' },
    got: () => got,
    breakDown: async () => {
      broken = true
    },
    [Symbol.asyncDispose]: () => couriers[Symbol.asyncDispose](),
  }
}

for (const kind of ['smtp', 'lmtp', 'mx'] as const) courierSuite(kind, () => remote(kind))
courierSuite('maildir', maildir)
