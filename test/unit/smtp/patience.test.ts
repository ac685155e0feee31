// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { Patience } from '../../../src/smtp/patience.ts'
import { aGateway } from '../../support/gateway.ts'

const day = 86_400_000

describe('patience', () => {
  test('who has waited need not again until its time is over', () => {
    const patience = new Patience(100, day)
    assert.equal(patience.waitOf('192.0.2.1', 0), 100)
    patience.waited('192.0.2.1', 0)
    assert.equal(patience.waitOf('192.0.2.1', day - 1), 0)
    assert.equal(patience.waitOf('192.0.2.2', 1), 100)
    assert.equal(patience.waitOf('192.0.2.1', day), 100)
  })

  test('who talks too soon waits again', () => {
    const patience = new Patience(100, day)
    patience.waited('192.0.2.1', 0)
    patience.talkedTooSoon('192.0.2.1')
    assert.equal(patience.waitOf('192.0.2.1', 1), 100)
  })

  test('without a time to live everybody always waits', () => {
    const patience = new Patience(100, 0)
    patience.waited('192.0.2.1', 0)
    assert.equal(patience.waitOf('192.0.2.1', 0), 100)
  })
})

describe('on the wire', () => {
  const connect = async (port: number, localAddress: string): Promise<Socket> => {
    const socket = createConnection({ host: '127.0.0.1', port, localAddress })
    await once(socket, 'connect')
    return socket
  }
  const greeting = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]).slice(0, 3)

  test('a client that has waited is greeted before a stranger who came earlier', async () => {
    await using house = await aGateway({ config: '[smtp]\ngreet_wait = "600ms"\n' })
    const known = await connect(house.ports.mx, '127.0.0.9')
    assert.equal(await greeting(known), '220')
    const stranger = await connect(house.ports.mx, '127.0.0.8')
    const again = await connect(house.ports.mx, '127.0.0.9')
    const order: string[] = []
    await Promise.all([
      greeting(stranger).then((code) => order.push(`stranger ${code}`)),
      greeting(again).then((code) => order.push(`known ${code}`)),
    ])
    assert.deepEqual(order, ['known 220', 'stranger 220'])
    for (const socket of [known, stranger, again]) socket.destroy()
  })

  test('who left or talked before its time waits the next time', async () => {
    await using house = await aGateway({ config: '[smtp]\ngreet_wait = "600ms"\n' })
    const gone = await connect(house.ports.mx, '127.0.0.7')
    gone.destroy()
    const early = await connect(house.ports.mx, '127.0.0.8')
    early.write('EHLO early.example.net\r\n')
    assert.equal(await greeting(early), '421')
    const known = await connect(house.ports.mx, '127.0.0.9')
    assert.equal(await greeting(known), '220')
    // By now the time of the two would be over, had they waited.
    const sockets = await Promise.all(['127.0.0.7', '127.0.0.8'].map((ip) => connect(house.ports.mx, ip)))
    const again = await connect(house.ports.mx, '127.0.0.9')
    const order: string[] = []
    await Promise.all([...sockets, again].map((one) => greeting(one).then(() => order.push(one.localAddress ?? ''))))
    assert.equal(order[0], '127.0.0.9')
    for (const socket of [early, known, again, ...sockets]) socket.destroy()
  })
})
