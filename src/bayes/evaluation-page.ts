// SPDX-License-Identifier: Apache-2.0
/** An evaluation as one HTML page that needs nothing else: a table of all measures, and three charts for each result. */
import { histogramChart, reliabilityChart, rocChart } from './charts.ts'
import type { Measures } from './evaluate.ts'
import type { Result } from './evaluation.ts'

export interface PageFacts {
  /** What was evaluated: "the shipped prior" or a model's path. */
  readonly model: string
  readonly at: Date
}

const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5a6572; --rule: #d5dbe2; --paper: #fff; --spam: #b3402a; --ham: #2c6e8f }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaef; --soft: #9aa6b2; --rule: #37414c; --paper: #161b21; --spam: #e5795f; --ham: #6db3d6 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 .3rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } .wide { overflow-x: auto }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap }
th { font-weight: 600; color: var(--soft) } th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left }
.charts { display: flex; flex-wrap: wrap; gap: 1rem } svg { width: 320px; max-width: 100% }
.grid { stroke: var(--rule); stroke-width: .6 } .line { fill: none; stroke: var(--spam); stroke-width: 1.8 }
.dot, .spam { fill: var(--spam) } .ham { fill: var(--ham) } .tick { font-size: 9px; fill: var(--soft) } .title { font-size: 11px; fill: var(--ink) }
p, li { max-width: 46rem; color: var(--soft) } .key { display: inline-block; width: .8em; height: .8em; margin-right: .3em }`

const head = ['corpus', 'task', 'ham', 'spam', '1−AUC %', 'missed at 0.1 %', 'missed at 1 %', 'lam %', 'calibration %']

export function evaluationPage(results: readonly Result[], facts: PageFacts): string {
  const rows = results.flatMap(({ corpus, task, measures, byLanguage }) => [
    row([corpus, task, ...cells(measures)]),
    ...byLanguage.map(({ language, measures: part }) => row([`${corpus}: ${language}`, task, ...cells(part)])),
  ])
  const sections = results.map(
    ({ corpus, task, scored }) =>
      `<h2>${escaped(corpus)}: ${escaped(task)}</h2><div class="charts">${rocChart(scored)}${histogramChart(scored)}${reliabilityChart(scored)}</div>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Postern: how good is the classifier?</title><style>${style}</style></head><body>
<h1>How good is the classifier?</h1>
<p>${escaped(facts.model)}, ${facts.at.toISOString().slice(0, 16).replace('T', ' ')} UTC.</p>
<div class="wide"><table><thead><tr>${head.map((title) => `<th>${title}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
<ul><li>1−AUC: how often a ham is put above a spam.</li>
<li>Missed: spam that is let through where that share of ham may be lost.</li>
<li>lam: the logistic average of ham and spam on the wrong side of one half.</li>
<li>Calibration: the mean distance of what was said from what was true.</li>
<li>Folds: scored by a model that saw none of the message's campaign. Online: scored, then learnt, in the order given.</li></ul>
<p><span class="key ham" style="background:var(--ham)"></span>ham <span class="key" style="background:var(--spam)"></span>spam</p>
${sections.join('\n')}
</body></html>
`
}

/** The figures of one row, as text. */
export function cells({
  ham,
  spam,
  oneMinusAuc,
  missedAtTenth,
  missedAtOne,
  lam,
  calibrationError,
}: Measures): string[] {
  const figure = (value: number, digits: number) => (Number.isNaN(value) ? '–' : value.toFixed(digits))
  const measured = [figure(oneMinusAuc, 4), figure(missedAtTenth, 2), figure(missedAtOne, 2), figure(lam, 2)]
  return [String(ham), String(spam), ...measured, figure(calibrationError, 2)]
}

function row(texts: readonly string[]): string {
  return `<tr>${texts.map((text) => `<td>${escaped(text)}</td>`).join('')}</tr>`
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')
}
