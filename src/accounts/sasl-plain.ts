// SPDX-License-Identifier: Apache-2.0
/** PLAIN (RFC 4616) and LOGIN (an expired draft that clients still speak). */

export interface PlainCredentials {
  readonly username: string
  readonly password: string
}

/** Octets; RFC 4616 §2 allows names of 255 characters. */
const maxName = 1020
const maxPassword = 1024
const base64 = /^[A-Za-z0-9+/]*={0,2}$/

function decodeBase64(text: string, maxBytes: number): string | null {
  if (text.length > Math.ceil(maxBytes / 3) * 4 || text.length % 4 !== 0 || !base64.test(text)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'))
  } catch {
    return null
  }
}

/**
 * "[authzid] NUL authcid NUL passwd" in base64. Null where it is not that, or where the client asks to act as somebody
 * else, which we let nobody do.
 */
export function decodePlain(response: string): PlainCredentials | null {
  const parts = decodeBase64(response, 2 * maxName + maxPassword + 2)?.split('\0')
  const [authzid, username, password] = parts ?? []
  if (parts?.length !== 3 || authzid === undefined || !username || !password) return null
  if (authzid !== '' && authzid.toLowerCase() !== username.toLowerCase()) return null
  return isFitting(username, password) ? { username, password } : null
}

/** One answer of LOGIN, the name or the password; null where it is not base64 of UTF-8 text without NUL. */
export function decodeLogin(response: string): string | null {
  const text = decodeBase64(response, maxPassword)
  return text === null || text === '' || text.includes('\0') ? null : text
}

/** Whether name and password are worth looking up: longer ones only cost time. */
export function isFitting(username: string, password: string): boolean {
  return Buffer.byteLength(username) <= maxName && Buffer.byteLength(password) <= maxPassword
}
