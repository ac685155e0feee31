// SPDX-License-Identifier: Apache-2.0
/** References of HTML resolved against a base (RFC 3986 §5.2), where there is one. */

interface Reference {
  readonly scheme: string | undefined
  readonly authority: string | undefined
  readonly path: string
  readonly query: string | undefined
  readonly fragment: string | undefined
}

const parts = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?/

function split(text: string): Reference {
  const [, scheme, authority, path = '', query, fragment] = parts.exec(text) ?? []
  return { scheme, authority, path, query, fragment }
}

/** The address that a reference leads to. */
export function resolveUri(base: string, reference: string): string {
  const [from, to] = [split(base), split(reference)]
  const target = resolved(
    from,
    to.scheme !== undefined && to.scheme === from.scheme ? { ...to, scheme: undefined } : to,
  )
  let text = ''
  if (target.scheme) text = `${target.scheme}:`
  else if (/^www\d*\./i.test(target.authority ?? '')) text = 'http:'
  else if (/^ftp\d*\./i.test(target.authority ?? '')) text = 'ftp:'
  if (target.authority !== undefined) text += `//${target.authority}`
  text += target.path
  if (target.query !== undefined) text += `?${target.query}`
  return to.fragment === undefined ? text : `${text}#${to.fragment}`
}

function resolved(base: Reference, to: Reference): Reference {
  if (to.scheme !== undefined) return { ...to, path: withoutDots(to.path) }
  if (to.authority !== undefined) return { ...to, scheme: base.scheme, path: withoutDots(to.path) }
  const frame = { scheme: base.scheme, authority: base.authority, fragment: to.fragment }
  if (to.path === '') return { ...frame, path: base.path, query: to.query ?? base.query }
  const path = to.path.startsWith('/') ? to.path : merged(base, to.path)
  return { ...frame, path: withoutDots(path), query: to.query }
}

function merged(base: Reference, path: string): string {
  if (base.authority !== undefined && base.path === '') return `/${path}`
  return base.path.slice(0, base.path.lastIndexOf('/') + 1) + path
}

/** RFC 3986 §5.2.4. */
function withoutDots(path: string): string {
  if (!path.includes('.')) return path
  const out: string[] = []
  // What is relative to nothing is no host: "./a/b" begins at the root.
  const segments = path.replace(/^\.\.?\//, '/').split('/')
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1
    if (segment === '.') isLast && out.push('')
    else if (segment === '..') {
      if (out.length > 1) out.pop()
      else out[0] = ''
      if (isLast) out.push('')
    } else out.push(segment)
  }
  return out.join('/')
}
