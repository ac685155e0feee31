// SPDX-License-Identifier: Apache-2.0
/** eval tests of mail that claims to come from a big provider whose servers leave their own traces. */
import { type EvalTests, yes } from './evals-kit.ts'
import type { Views } from './views.ts'

const ip = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8})`
const ipText = new RegExp(ip, 'i')

function received(views: Views): string {
  return views.fields.text('Received').slice(0, 20_000).replace(/\s+/g, ' ')
}

function from(views: Views): string {
  return views.fields.first('From:addr')
}

/** Lists and groups whose servers drop the Received fields below their own. */
export function droppedReceived(views: Views): boolean {
  const list = views.fields.text('Mailing-List')
  const text = views.fields.text('Received')
  const isEzmlm =
    /^contact \S+@\S+; run by ezmlm$/m.test(list) &&
    /^mailing list \S+@\S+/m.test(views.fields.text('Delivered-To')) &&
    /qmail \d+ invoked (?:from network|by .{3,20})\); \d+ \w+ \d+/.test(text)
  return isEzmlm || text === '' || /from groups\.msn\.com \(\S+\.msn\.com /.test(text)
}

function isMsnGroup(views: Views): boolean {
  const list = /<(\S+)@groups\.msn\.com>/i.exec(views.fields.text('To'))?.[1]
  const server = /from mail pickup service by (p\d\d\.groups\.msn\.com)\b/.exec(views.fields.text('Received'))?.[1]
  if (list === undefined || server === undefined) return false
  const id = views.fields.text('Message-Id')
  if (list === 'notifications') return id.startsWith('<') && id.includes(`@${server}>`)
  return id.startsWith(`<${list}-`) && views.fields.first('EnvelopeFrom').includes(`${list}-bounce@groups.msn.com`)
}

const hotmailTraces: readonly (readonly [RegExp, 'ip' | 'org'])[] = [
  [/from (?:\S*\.)?hotmail.com \(\S+\.hotmail(?:\.msn)?\.com[ )]/, 'ip'],
  [/from \S*\.outbound\.protection\.outlook\.com \(\S+\.outbound\.protection\.outlook\.com[ )]/, 'org'],
  [new RegExp(String.raw`from \S*\.(?:eur|nam)prd\d+\.prod\.outlook\.com \(${ip}\)`), 'org'],
  [new RegExp(String.raw`from \S*\.hotmail.com \(\[${ip}\][ ):]`), 'ip'],
  [/from \S+ by \S+\.hotmail(?:\.msn)?\.com with HTTP;/, 'ip'],
  [/from \[66\.218.\S+\] by \S+\.yahoo\.com/, 'ip'],
]

function hotmail(views: Views): 'forged' | 'absent' | 'fine' {
  const text = received(views)
  if (!text.includes('hotmail.com') && !/\bhotmail\.com$/i.test(from(views))) return 'fine'
  if (/from mail pickup service by hotmail\.com with Microsoft SMTPSVC;/.test(text)) return 'fine'
  if (isMsnGroup(views) || views.once(droppedReceived)) return 'fine'
  const marks = {
    ip: ipText.test(views.fields.text('X-Originating-Ip')),
    org: /hotmail\.com|msonline-outlook/.test(views.fields.text('X-OriginatorOrg')),
  }
  if (hotmailTraces.some(([trace, mark]) => marks[mark] && trace.test(text))) return 'fine'
  if (/(?:from |HELO |helo=)\S*hotmail\.com\b/.test(text)) return 'forged'
  return /\bhotmail\.com$/i.test(from(views)) ? 'absent' : 'fine'
}

function yahoo(views: Views): string | null {
  if (!/\byahoo\.com$/i.test(from(views)) || views.once(droppedReceived)) return null
  const resent = views.fields.text('Resent-From') !== '' && views.fields.text('Resent-To') !== ''
  const moved = resent ? views.fields.text('X-Received').replace(/\s+/g, ' ') : ''
  const text = moved === '' ? received(views) : moved
  const isKnown =
    / rdns=\S+\.yahoo\.com /.test(views.fields.text('X-Spam-Relays-Trusted')) ||
    /^[^\]]+ rdns=\S+\.yahoo\.com /.test(views.fields.text('X-Spam-Relays-Untrusted')) ||
    /by web\S+\.mail\S*\.yahoo\.com via HTTP/.test(text) ||
    /by sonic\S+\.consmr\.mail\S*\.yahoo\.com with HTTP/.test(text) ||
    /by smtp\S+\.yahoo\.com with SMTP/.test(text) ||
    new RegExp(String.raw`from \[${ip}\] by \S+\.(?:groups|scd|dcn)\.yahoo\.com with NNFMP`).test(text) ||
    (/\bmailer\d+\.bulk\.scd\.yahoo\.com\b/.test(text) && /@reply\.yahoo\.com$/i.test(from(views))) ||
    /by \w+\.\w+\.yahoo\.com \(\d+\.\d+\.\d+\/\d+\.\d+\.\d+\)(?: with ESMTP)? id \w+/.test(text)
  return yes(!isKnown, from(views))
}

function juno(views: Views): string | null {
  if (!/\bjuno\.com$/i.test(from(views)) || views.once(droppedReceived)) return null
  const origin = views.fields.text('X-Originating-IP')
  const mailer = views.fields.text('X-Mailer')
  const text = views.fields.text('Received').slice(0, 20_000)
  if (origin !== '') {
    const isTheirs =
      new RegExp(String.raw`from.*\b(?:juno|untd)\.com.*[[(]${ip}[\])].*by`).test(text) ||
      / cookie\.(?:juno|untd)\.com /.test(text)
    return yes(!isTheirs || !mailer.includes('Juno '), from(views))
  }
  if (new RegExp(String.raw`from.*\bmail\.com.*\[${ip}\].*by`).test(text))
    return yes(!/\bmail\.com/.test(mailer) || !ipText.test(origin), from(views))
  return yes(true, from(views))
}

function gmail(views: Views): string | null {
  if (!/\bgmail\.com$/i.test(from(views))) return null
  const moved = views.fields.text('X-Received')
  const isKnown =
    /by 10\.\S+ with SMTP id \S+/.test(moved) ||
    /by 2002:a\d\d:\w+:\S+ with SMTP id \S+/.test(moved) ||
    /by smtp\.googlemail\.com with ESMTPSA id \S+/.test(views.fields.text('Received')) ||
    (views.fields.text('X-Gm-Message-State').length >= 60 && views.fields.text('X-Google-Smtp-Source').length >= 60)
  return yes(!isKnown, from(views))
}

function eudora(views: Views): string | null {
  if (!/\beudoramail\.com$/i.test(from(views)) || views.once(droppedReceived)) return null
  const isTheirs = /by \S*whowhere.com;/.test(received(views)) && ipText.test(views.fields.text('X-Sender-Ip'))
  return yes(!isTheirs, from(views))
}

function aol(views: Views): string | null {
  const text = received(views)
  const isReal = /\/AOL-\d+\.\d+\.\d+\)/.test(text) || /ESMTP id (?:RELAY|MAILRELAY|MAILIN)/.test(text)
  return yes(/ rly-[a-z][a-z]\d\d\./i.test(text) && !isReal)
}

function idNotUsable(views: Views): string | null {
  const text = views.fields.text('Received')
  const isList = /<mailto:(?:leave-\S+|\S+-unsubscribe)@\S+>$/im.test(views.fields.text('List-Unsubscribe').trim())
  return yes(isList || views.once(droppedReceived) || /\/CWT\/DCE\)|iPlanet Messaging Server/.test(text))
}

export const forgedTests: EvalTests = {
  gated_through_received_hdr_remover: (views) => yes(views.once(droppedReceived)),
  check_for_forged_hotmail_received_headers: (views) => yes(views.once(hotmail) === 'forged'),
  check_for_no_hotmail_received_headers: (views) => yes(views.once(hotmail) === 'absent'),
  check_for_msn_groups_headers: (views) => yes(isMsnGroup(views)),
  check_for_forged_yahoo_received_headers: yahoo,
  check_for_forged_juno_received_headers: juno,
  check_for_forged_gmail_received_headers: gmail,
  check_for_forged_eudoramail_received_headers: eudora,
  check_for_fake_aol_relay_in_rcvd: aol,
  check_messageid_not_usable: idNotUsable,
}
