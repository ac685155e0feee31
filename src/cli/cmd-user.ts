// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { openAccounts } from '../app/accounts.ts'
import { addressKey, parseAddress } from '../core/address.ts'
import { UserError } from '../core/failure.ts'
import { type Io, printJson, printTable } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

interface PasswordOptions extends CommonOptions {
  readonly passwordStdin?: boolean
  readonly alias?: readonly string[]
}

/** Bytes of randomness in a password that we make: 20 characters. */
const passwordBytes = 15
const maxPassword = 1024

export function addUser(user: Command, io: Io): void {
  withPassword(user.command('add <address>').description('make an account'))
    .option('--alias <address...>', 'further addresses of the account')
    .action((address: string, options: PasswordOptions) => add(address, options, io))
  withPassword(user.command('passwd <address>').description('give an account a new password')).action(
    (address: string, options: PasswordOptions) => changePassword(address, options, io),
  )
  withCommon(user.command('list').description('all accounts')).action((options: CommonOptions) => list(options, io))
  withCommon(user.command('remove <address>').description('remove an account; its mail stays')).action(
    (address: string, options: CommonOptions) => remove(address, options, io),
  )
}

function withPassword(command: Command): Command {
  return withCommon(command).option(
    '--password-stdin',
    'read the password from standard input (default: make one and print it)',
  )
}

async function add(written: string, options: PasswordOptions, io: Io): Promise<void> {
  const name = keyOf(written)
  const addresses = (options.alias ?? []).map(keyOf)
  const { password, made } = await choosePassword(options, io)
  await using accounts = await openAccounts(chooseConfig(options).loaded)
  if (!(await accounts.add(name, password, addresses))) throw trouble(65, `${name} or one of its addresses is taken`)
  report(io, options, { account: name, addresses, ...(made ? { password } : {}) })
}

async function changePassword(written: string, options: PasswordOptions, io: Io): Promise<void> {
  const name = keyOf(written)
  const { password, made } = await choosePassword(options, io)
  await using accounts = await openAccounts(chooseConfig(options).loaded)
  if (!(await accounts.setPassword(name, password))) throw trouble(65, `there is no account ${name}`)
  report(io, options, { account: name, ...(made ? { password } : {}) })
}

async function list(options: CommonOptions, io: Io): Promise<void> {
  await using accounts = await openAccounts(chooseConfig(options).loaded)
  const all = await accounts.list()
  if (options.json === true) {
    for (const { name, addresses, createdAt } of all)
      printJson(io, { account: name, addresses, created: new Date(createdAt) })
  } else {
    const rows = all.map((a) => [a.name, a.addresses.join(' '), new Date(a.createdAt).toISOString().slice(0, 10)])
    printTable(io, ['account', 'addresses', 'since'], rows)
  }
}

async function remove(written: string, options: CommonOptions, io: Io): Promise<void> {
  const name = keyOf(written)
  await using accounts = await openAccounts(chooseConfig(options).loaded)
  if (!(await accounts.remove(name))) throw trouble(65, `there is no account ${name}`)
  report(io, options, { account: name, removed: true })
}

function keyOf(written: string): string {
  const address = parseAddress(written)
  if (address === null || address.domain === '') throw trouble(64, `not an address: ${written}`)
  return addressKey(address)
}

/** Never an argument: those can be read by everybody on the machine. */
async function choosePassword(options: PasswordOptions, io: Io): Promise<{ password: string; made: boolean }> {
  if (options.passwordStdin !== true) return { password: randomBytes(passwordBytes).toString('base64url'), made: true }
  let text = ''
  for await (const chunk of io.input) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.length > maxPassword) throw trouble(65, `the password is longer than ${maxPassword} characters`)
  }
  const password = text.split(/\r?\n/, 1)[0] ?? ''
  if (password === '') throw trouble(65, 'standard input held no password')
  return { password, made: false }
}

function report(io: Io, options: CommonOptions, facts: Readonly<Record<string, unknown>>): void {
  if (options.json === true) printJson(io, facts)
  else
    for (const [key, value] of Object.entries(facts))
      io.out(`${key}: ${Array.isArray(value) ? value.join(' ') : String(value)}\n`)
}

function trouble(exitCode: number, text: string): UserError {
  return new UserError(exitCode, [{ file: 'postern user', line: 0, text, hint: null }])
}
