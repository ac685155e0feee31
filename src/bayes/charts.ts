// SPDX-License-Identifier: Apache-2.0
/** Scored messages → SVG: the ROC curve, the histogram of probabilities, said against true. Pure. */
import type { Scored } from './evaluate.ts'

const width = 320
const height = 220
const left = 46
const bottom = 34
const top = 24
const right = 22
const plotWidth = width - left - right
const plotHeight = height - top - bottom
/** The curve's axis is logarithmic: what matters is at one ham in a thousand. Least share shown. */
const leastShare = 1e-4
const histogramBins = 20
const reliabilityBins = 10

interface Tick {
  /** 0..1 along the axis. */
  readonly at: number
  readonly label: string
}

/** Spam caught at each share of ham lost. */
export function rocChart(scored: readonly Scored[]): string {
  const sorted = [...scored].sort((a, b) => b.score - a.score)
  const spam = scored.filter((one) => one.spam).length
  const ham = scored.length - spam
  const points: string[] = []
  let [caught, lost] = [0, 0]
  const put = () => {
    const x = Math.log(Math.max(lost / ham, leastShare) / leastShare) / -Math.log(leastShare)
    points.push(`${px(x)},${py(caught / spam)}`)
  }
  for (let i = 0; i < sorted.length; i++) {
    if (sorted[i]?.spam) caught++
    else lost++
    // Messages of one score are one point, or their order would draw a curve of its own.
    if (sorted[i]?.score !== sorted[i + 1]?.score) put()
  }
  const ticks = [1e-4, 1e-3, 1e-2, 1e-1, 1].map((share, i) => ({ at: i / 4, label: `${share * 100} %` }))
  const line = `<polyline class="line" points="${points.join(' ')}"/>`
  return chart('Spam caught against ham lost', 'ham lost (logarithmic)', ticks, percentTicks(), line)
}

/** How many ham and spam got each probability; the axis is logarithmic, as nearly all lie at the ends. */
export function histogramChart(scored: readonly Scored[]): string {
  const bins = Array.from({ length: histogramBins }, () => ({ ham: 0, spam: 0 }))
  for (const { score, spam } of scored) {
    const bin = bins[binOf(score, histogramBins)]
    if (bin !== undefined) bin[spam ? 'spam' : 'ham']++
  }
  const most = Math.max(10, ...bins.flatMap((bin) => [bin.ham, bin.spam]))
  const decades = Math.ceil(Math.log10(most))
  const share = (count: number) => (count === 0 ? 0 : (0.15 + Math.log10(count)) / (decades + 0.15))
  const half = plotWidth / histogramBins / 2
  const bars = bins.flatMap((bin, i) =>
    (['ham', 'spam'] as const).map((kind, k) => {
      const h = share(bin[kind]) * plotHeight
      const x = left + (2 * i + k) * half
      return `<rect class="${kind}" x="${x.toFixed(1)}" y="${(top + plotHeight - h).toFixed(1)}" width="${(half - 0.6).toFixed(1)}" height="${h.toFixed(1)}"><title>${bin[kind]} ${kind}</title></rect>`
    }),
  )
  const ticks = Array.from({ length: decades + 1 }, (_, i) => ({ at: share(10 ** i), label: String(10 ** i) }))
  return chart('Messages at each probability', 'P(spam)', unitTicks(), ticks, bars.join(''))
}

/** What share was spam among messages of which P was said. */
export function reliabilityChart(scored: readonly Scored[]): string {
  const bins = Array.from({ length: reliabilityBins }, () => ({ n: 0, said: 0, came: 0 }))
  for (const { score, spam } of scored) {
    const bin = bins[binOf(score, reliabilityBins)]
    if (bin === undefined) continue
    bin.n++
    bin.said += score
    bin.came += spam ? 1 : 0
  }
  const seen = bins.filter((bin) => bin.n > 0)
  const points = seen.map(({ n, said, came }) => `${px(said / n)},${py(came / n)}`)
  const dots = seen.map(({ n, said, came }) => {
    const radius = (2 + Math.log10(n)).toFixed(1)
    return `<circle class="dot" cx="${px(said / n)}" cy="${py(came / n)}" r="${radius}"><title>${n} messages</title></circle>`
  })
  const diagonal = `<line class="grid" x1="${px(0)}" y1="${py(0)}" x2="${px(1)}" y2="${py(1)}"/>`
  const line = `<polyline class="line" points="${points.join(' ')}"/>`
  return chart('Said and true', 'P(spam) said', unitTicks(), percentTicks(), diagonal + line + dots.join(''))
}

function binOf(score: number, bins: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(score * bins)))
}

function chart(title: string, below: string, across: readonly Tick[], up: readonly Tick[], inside: string): string {
  const marks = [
    ...across.map(({ at, label }) => {
      const text = `<text class="tick" x="${px(at)}" y="${height - bottom + 14}" text-anchor="middle">${label}</text>`
      return `<line class="grid" x1="${px(at)}" y1="${py(0)}" x2="${px(at)}" y2="${py(1)}"/>${text}`
    }),
    ...up.map(({ at, label }) => {
      const text = `<text class="tick" x="${left - 6}" y="${Number(py(at)) + 3}" text-anchor="end">${label}</text>`
      return `<line class="grid" x1="${px(0)}" y1="${py(at)}" x2="${px(1)}" y2="${py(at)}"/>${text}`
    }),
  ]
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}"><text class="title" x="${left}" y="14">${title}</text>${marks.join('')}${inside}<text class="tick" x="${left + plotWidth / 2}" y="${height - 4}" text-anchor="middle">${below}</text></svg>`
}

function px(share: number): string {
  return (left + share * plotWidth).toFixed(1)
}

function py(share: number): string {
  return (top + (1 - share) * plotHeight).toFixed(1)
}

function unitTicks(): Tick[] {
  return [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: String(at) }))
}

function percentTicks(): Tick[] {
  return [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: `${at * 100} %` }))
}
