// SPDX-License-Identifier: Apache-2.0
/** The forms in which mail servers write who handed them a message (Received fields). */

/** What a form looks like, whether its server looks for names, and what must stand somewhere in the line. */
export type Form = readonly [pattern: RegExp, looked: 'looked' | 'not-looked', onlyWith: RegExp | null]

/** An address as forms write it. */
export const ip = String.raw`(?:IPv6:)?(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?:(?:\.\d{1,3}){3})?)`
const marks: Readonly<Record<string, string>> = {
  '{helo}': String.raw`(?<helo>\S+)`,
  '{rdns}': String.raw`(?<rdns>\S+)`,
  '{name}': String.raw`(?<name>\S+)`,
  '{by}': String.raw`(?<by>\S+)`,
  '{ip}': `(?<ip>${ip})`,
  '{IP}': ip,
  '{H}': '(?:HELO|EHLO)',
}

function form(text: string, looked: Form[1], onlyWith: RegExp | null = null): Form {
  return [new RegExp(`^${text.replace(/\{\w+\}/g, (mark) => marks[mark] ?? mark)}`, 'i'), looked, onlyWith]
}

/** In this order: several lines fit more than one form. {name} is both the reverse name and what HELO said. */
export const forms: readonly Form[] = [
  form(String.raw`(?<helo>\S*) \(\[{ip}\][^)]{0,40}\) by {by} with Microsoft SMTPSVC`, 'not-looked', / SMTPSVC/),
  form(
    String.raw`{helo} \(\[?{ip}(?:%\S{1,20})?\]?\) by {by} `,
    'not-looked',
    / with (?:Microsoft SMTP Server|mapi id) (?:\([^)]+\) )?\d+\.\d+\.\d+\.\d+(?:$| )/,
  ),
  form(String.raw`{helo} \(\[?{ip}\]?(?::\d+)\) by {by}(?: \(\S+\))? with \[XMail`, 'not-looked', /\[XMail /),
  form(String.raw`\(\[{ip}:\d+\] helo={helo}\) by {by} `, 'not-looked', /\(ecelerity\b/),
  form(String.raw`\S+ \(\[{ip}:\d+\]\) by {by} `, 'not-looked', /\(ecelerity\b/),
  form(String.raw`\[{ip}\] \((?<notes>.*?)\) by {by} `, 'not-looked', /Exim/),
  form(String.raw`{name} \(\[{ip}\](?<notes>.*?)\) by {by} `, 'not-looked', /Exim/),
  form(String.raw`{name} \[{ip}\](?::\d+)? by {by} `, 'not-looked', /Exim/),
  form(String.raw`{rdns} \((?<helo>\S+)\) \[{ip}(?:\.\d+)?\] .*by {by} `, 'not-looked', /Exim/),
  form(String.raw`{helo} \({rdns} ?\[{ip}\]\) by {by} `, 'looked', / \(Postfix\) with/),
  form(String.raw`{helo} \( ?{ip}\) by {by}`, 'not-looked', /\(Scalix SMTP Relay/),
  form(String.raw`{helo} \(\[{ip}\]\) by {by} \(Lotus`, 'not-looked', / \(Lotus Domino /),
  form(String.raw`{ip} \(\[{IP}\]\) by {by}`, 'not-looked', /\bwith HTTP\b/),
  form(String.raw`{helo} \((?:IDENT:)?(?:(?<ident>[^@\s]*)@)?(?<rdns>\S+) \[{ip}\].*\) by {by} \((?!qmail-)`, 'looked'),
  form(String.raw`{helo} \({rdns} \[{ip}\]\) by {by} with \S+ \(`, 'looked'),
  form(String.raw`{rdns} \(\[{ip}\] helo=(?<helo>\S+)\) by {by} with `, 'not-looked'),
  form(String.raw`{helo} \(<unknown\S*>\[{ip}\]\) by {by} `, 'not-looked'),
  form(String.raw`{helo} \((?<rdns>\S+\.\S+)\[{ip}\]\) by {by} `, 'looked'),
  form(String.raw`{helo} \((?<ident>\S*)@\[{ip}\].*\) by {by} \(`, 'looked'),
  form(String.raw`{rdns} \({H} (?<helo>\S*)\) \({ip}\) by {by} \(qpsmtpd/\S+\) with E?SMTP`, 'not-looked'),
  form(String.raw`{rdns} \(LHLO (?<helo>\S*)\) \({ip}\) by {by} with LMTP`, 'not-looked'),
  form(String.raw`{rdns} \({H} (?<helo>\S*)\) \[{ip}\] by {by} \([^)]+\) with E?SMTP`, 'not-looked'),
  form(String.raw`{helo} \(\[{ip}\]\) by {by} via smtpd \(for \S+\) with SMTP\(`, 'not-looked'),
  form(
    String.raw`{rdns} \({H} (?<helo>[^ ()]*)\) \((?:(?<ident>\S*)@)?\[?{ip}\]?\)(?: \(envelope-sender <\S+>\))? by {by}(?: \(.+\))* with (?:.* )?(?-i:SMTP|QMQP)(?! id )`,
    'looked',
  ),
  form(
    String.raw`{name} \((?:(?<ident>\S*)@)?\[?{ip}\]?\)(?: \(envelope-sender <\S+>\))? by {by}(?: \(.+\))* with (?:.* )?(?-i:SMTP|QMQP)(?! id )`,
    'looked',
  ),
  form(String.raw`\S+ \( \[{ip}\]\).*? by {by} `, 'not-looked'),
  form(String.raw`\({helo} \[{ip}\]\) by {by} `, 'not-looked'),
  form(String.raw`\[{ip}\] by {by}(?: |$)`, 'not-looked'),
  form(String.raw`\(\[?{ip}\]?\) by {by} `, 'not-looked'),
  form(String.raw`{helo} \[{ip}\] by {by} \[{IP}\] with `, 'looked'),
  form(String.raw`{helo} \[\({ip}\)\] by {by} \({IP}\) `, 'not-looked'),
  form(String.raw`{helo} \(\[{ip}\]\) by {by} \(`, 'looked'),
  form(String.raw`{helo} \(softdnserr \[{ip}\]\).*? by {by}\b`, 'not-looked'),
  form(String.raw`{helo} \({rdns} \[{ip}\]\).*? by (?<by>\S+)\b`, 'looked'),
  form(String.raw`{helo} \(\[{ip}(?:[.:]\d+)?\]\).*? by {by} `, 'looked'),
]

/** Behind those that say how a fetcher took the mail. */
export const laterForms: readonly Form[] = [
  form(String.raw`{rdns} \({H} (?<helo>[^)]*)\) \((?:(?<ident>\S*)@)?\[?{ip}\]?(?: with \w+)?\).* by {by} `, 'looked'),
  form(String.raw`{name} \((?:(?<ident>\S*)@)?\[?{ip}\]?\).* by {by} `, 'looked'),
  form(String.raw`{rdns}\({ip}\) by {by} via smap `, 'looked'),
  form(String.raw`{rdns}\({ip}, {H} (?<helo>\S*)\) by {by} via smap `, 'looked'),
  form(String.raw`{ip} by {by} \((?:SMTPL|InterScan)\b`, 'not-looked'),
  form(String.raw`\[{ip}\] \((?:account \S+ )?{H} (?<helo>\S*)\) by {by} \(`, 'not-looked'),
  form(String.raw`{name} \(\[{ip}\] verified\) by {by} \(`, 'looked'),
  form(String.raw`\(\[{ip}\]\) by {by} with `, 'not-looked'),
  form(String.raw`(?<helo>[^\d]\S+) \({ip}\) by {by} `, 'not-looked'),
  form(String.raw`{helo} \(\[{ip}\] \[\S+\]\) by {by} with `, 'not-looked'),
  form('{ip} by {by} with ', 'not-looked'),
  form(String.raw`{helo} \({rdns}\[{ip}\]\) by {by} `, 'looked'),
  form(String.raw`\[{ip}\]\S+ \({H} (?<helo>\S*)\) by {by} `, 'not-looked'),
  form(String.raw`{ip} \({H} (?<helo>\S*)\) by {by} `, 'not-looked'),
  form(String.raw`{helo} \[{ip}\] by {by} `, 'not-looked'),
  form(String.raw`{rdns}\({ip}\) by {by} `, 'not-looked'),
  form(String.raw`{helo} \(unverified \[{ip}\]\) by {by} `, 'not-looked'),
  form(String.raw`{ip} \([A-Za-z][^)]+\) by {by} with `, 'not-looked'),
  form(String.raw`\[{ip}\] \((?<notes>[^)]+)\) by {by} `, 'not-looked'),
  form(String.raw`{rdns} \((?:\S+@)?{ip}\) by {by} with `, 'not-looked'),
  form(String.raw`{rdns}\({ip}\)(?:, claiming to be "(?<helo>\S+)")? via \S+ by (?<by>[^\s,]+),`, 'looked'),
  form('X-Originating-IP: {ip}$', 'not-looked'),
]

/** Hand-overs that name no client on a network. */
export const local: readonly RegExp[] = [
  /^\S+ \([^\s@]+@(?:localhost|127\.0\.0\.1)\) by \S+ \(/,
  /^\S+ \S+ by \S+ with local-e?smtp /,
  /^127\.0\.0\.1 \(AVG SMTP/,
  /^\S+@\S+ by \S+ /,
  /^Unknown\/Local \(/,
  /^(?:localhost|127\.0\.0\.1) \((?:\S+@)?(?:localhost|127\.0\.0\.1)[)[]/,
  /^\S+ \((?:\S+@)?(?:localhost(?:\.localdomain)?|127\.0\.0\.1|::1)\) /,
  /^\S+ \(\S+@\S+ \[127\.0\.0\.1\]\) /,
  /^\(AUTH: \S+\) by \S+ with /,
  /^localhost \(localhost \[\[UNIX: localhost\]\]\) by /,
  /^[^.]+ by \S+ with Novell_GroupWise/,
  /^no\.name\.available by \S+ via smtpd \(for /,
  /^\S+ \(\[unix socket\]\) by \S+ \(Cyrus /,
  /^\S+ by \S+ (?:with|via|for|\()/,
  /^\S+ (?:(?:with|via|for) \S+|\(unverified\)) by\b/,
  /^\S+ \((?:unknown\) by \S+ \(SG\) with \b|\S+\) by \S+ \(Content Technologies )/,
  /^\S+ \(\S+ \[local\]\) by \S+ \(OpenSMTPD\) with \b/,
  /\(LSMTP for/,
  /^facebook\.com \([^)]+\) by facebook\.com with Thrift id \S+$/,
  /^\S+ named \S+ by gmailapi\.google\.com with HTTPREST$/,
  /^\S+ id \S+$/,
]
