// SPDX-License-Identifier: Apache-2.0
/** eval tests of HTML: what its tags say, and what stands beside its text. */
import { isFaraway } from './evals-header.ts'
import { compares, type EvalTests, expressionOf, matches, numberAt, yes } from './evals-kit.ts'
import { asBytes } from './field-views.ts'
import type { HtmlView } from './html-view.ts'
import type { Views } from './views.ts'

function some(views: Views, test: (html: HtmlView) => boolean): string | null {
  return yes(views.html.some(test))
}

function imageOnly(views: Views, args: readonly string[]): string | null {
  return some(views, (html) => {
    if (!html.inside.has('img')) return false
    return html.length > Number(args[0]) && html.length <= Number(args[1])
  })
}

function imageRatio(views: Views, args: readonly string[]): string | null {
  return some(views, ({ numbers }) => {
    const area = numbers.get('image_area') ?? 0
    const ratio = (numbers.get('non_space_len') ?? 0) / area
    return area > 0 && ratio > Number(args[0]) && ratio <= Number(args[1])
  })
}

function textMatch(views: Views, [kind = '', pattern = '']: readonly string[], wanted: boolean): string | null {
  const regex = expressionOf(pattern)
  if (regex === null) return null
  return some(views, ({ texts }) => (texts.get(kind) ?? []).some((text) => matches(regex, asBytes(text)) === wanted))
}

function range(views: Views, [name = '', min = '0', max]: readonly string[]): string | null {
  const limit = max === undefined ? null : numberAt([max], 0)
  return some(views, ({ numbers }) => {
    const value = numbers.get(name)
    return value !== undefined && value > Number(min) && (limit === null || value <= limit)
  })
}

function titleRatio(views: Views, [ratio = '0']: readonly string[]): string | null {
  const subject = views.fields.text('Subject')
  if (subject === '') return null
  return some(views, ({ texts }) =>
    (texts.get('title') ?? []).some((title) => title.length / subject.length > Number(ratio)),
  )
}

export const htmlTests: EvalTests = {
  html_test: (views, [name = '']) => some(views, ({ numbers }) => (numbers.get(name) ?? 0) !== 0),
  html_eval: (views, [name = '', expression = '']) =>
    some(views, ({ numbers }) => {
      const value = numbers.get(name)
      return value !== undefined && compares(value, expression)
    }),
  html_range: range,
  html_tag_exists: (views, [name = '']) => some(views, ({ inside }) => inside.has(name)),
  html_tag_balance: (views, [name = '', expression = '']) =>
    some(views, ({ inside }) => {
      const open = inside.get(name)
      return open !== undefined && compares(open, expression)
    }),
  html_image_only: imageOnly,
  html_image_ratio: imageRatio,
  html_text_match: (views, args) => textMatch(views, args, true),
  html_text_not_match: (views, args) => textMatch(views, args, false),
  html_title_subject_ratio: titleRatio,
  html_charset_faraway: (views) =>
    some(views, ({ charsets }) => {
      const bad = charsets.filter((charset) => isFaraway(views, charset)).length
      return bad > 0 && bad >= charsets.length - bad
    }),
  check_iframe_src: (views) => some(views, ({ uris }) => [...uris.values()].some(({ types }) => types.has('iframe'))),
  html_is_present: (views) => some(views, () => true),
}
