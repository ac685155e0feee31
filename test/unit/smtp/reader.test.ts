// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Reader } from '../../../src/smtp/reader.ts'

interface Talk {
  readonly reader: Reader
  readonly commands: string[]
  readonly messages: string[]
  /** Answers the command or the message that is waited for. */
  answer: () => void
}

/** Answers nothing by itself; "DATA" starts a message when it is answered. */
function talk(answersAtOnce: boolean): Talk {
  const reader = new Reader()
  const it: Talk = { reader, commands: [], messages: [], answer: () => undefined }
  reader.oncommand = (command, next) => {
    it.commands.push(command.toString('latin1'))
    it.answer = () => {
      if (command.toString() === 'DATA') receive(it)
      next()
    }
    if (answersAtOnce) it.answer()
  }
  return it
}

function receive({ reader, messages }: Talk): void {
  let text = ''
  reader.startData({
    take: (piece) => {
      text += piece.toString('latin1')
    },
    end: () => {
      messages.push(text)
      setImmediate(() => reader.goOn())
    },
  })
}

describe('Reader', () => {
  it('hands out one command at a time', () => {
    const it = talk(false)
    it.reader.write('NOOP\r\nRSET\nQUIT\r')
    assert.deepEqual(it.commands, ['NOOP'])
    assert.equal(it.reader.isAhead, true)
    it.answer()
    assert.deepEqual(it.commands, ['NOOP', 'RSET'])
    it.answer()
    assert.deepEqual(it.commands, ['NOOP', 'RSET'])
    it.reader.write('\n')
    assert.deepEqual(it.commands, ['NOOP', 'RSET', 'QUIT'])
    assert.equal(it.reader.isAhead, false)
    it.reader.write('NOOP\r\n')
    assert.equal(it.reader.isAhead, true)
  })

  it('reads the same whether bytes come at once or one by one', async () => {
    const wire = 'MAIL\r\nDATA\r\na\r\n..\r\n.\r\nDATA\r\n.\r\nQUIT\r\n'
    for (const chunks of [[wire], [...wire]]) {
      const it = talk(true)
      for (const chunk of chunks) it.reader.write(chunk)
      for (let i = 0; i < 10; i++) await turn()
      assert.deepEqual(it.commands, ['MAIL', 'DATA', 'DATA', 'QUIT'])
      assert.deepEqual(it.messages, ['a\r\n.\r\n', ''])
    }
  })

  it('lets others have their turn in a long row of commands', async () => {
    const it = talk(true)
    it.reader.write('NOOP\r\n'.repeat(350))
    assert.equal(it.commands.length, 100)
    for (let i = 0; i < 4; i++) await turn()
    assert.equal(it.commands.length, 350)
  })

  for (const [title, text] of [
    ['whole', `NOOP ${'x'.repeat(20_000)}\r\n`],
    ['without an end', 'x'.repeat(20_000)],
  ] as const) {
    it(`gives up at a line that is too long, ${title}`, async () => {
      const it = talk(true)
      const failed = new Promise<Error>((resolve) => it.reader.on('error', resolve))
      it.reader.write(text)
      assert.match((await failed).message, /too long/)
      assert.deepEqual(it.commands, [])
    })
  }

  it('hands out nothing more once the connection is closed', () => {
    const it = talk(false)
    it.reader.write('QUIT\r\nNOOP\r\n')
    it.reader.isClosed = true
    it.answer()
    it.reader.write('NOOP\r\n')
    assert.deepEqual(it.commands, ['QUIT'])
  })

  it('takes a last line without an end for a command', async () => {
    const it = talk(true)
    it.reader.end('QUIT')
    await turn()
    assert.deepEqual(it.commands, ['QUIT'])
  })
})
