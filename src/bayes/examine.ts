// SPDX-License-Identifier: Apache-2.0
/** A message's probability, for whoever holds the model: a worker thread, a command, the bench. */
import { existsSync } from 'node:fs'
import { type Message, openMessage } from '../message/open.ts'
import { type Contribution, explain, makeSums, probabilityOf, score } from './classify.ts'
import { FeatureSink } from './features.ts'
import { bayesInput } from './from-message.ts'
import type { BayesInput } from './input.ts'
import { readModel } from './model.ts'
import { type Table, viewTable } from './table.ts'
import { addMessage } from './tokenize.ts'

/** Tokens shown by an explanation unless another number is asked for. */
const shownTokens = 30

export interface Classification {
  /** P(spam), 0..1; 0.5 from an empty model. */
  readonly probability: number
  /** The tokens that pushed most, strongest first; null unless asked for. */
  readonly why: readonly Contribution[] | null
}

/** Classifies with one model; keeps its working memory, so one thread makes one and keeps it. */
export class Classifier {
  readonly #table: Table
  readonly #sums = makeSums()
  readonly #sink: FeatureSink
  #explainer: FeatureSink | null = null

  /** The buffer of an opened model; may be another thread's. */
  constructor(buffer: SharedArrayBuffer) {
    this.#table = viewTable(buffer)
    this.#sink = new FeatureSink(this.#table.seed[0] ?? 0, false)
  }

  /** From raw bytes. Never throws for what a message can be. */
  classifyRaw(raw: Uint8Array, why = false): Classification {
    return this.classifyMessage(openMessage(raw), why)
  }

  classifyMessage(message: Message, why = false): Classification {
    return this.classify(bayesInput(message), why)
  }

  classify(input: BayesInput, why = false): Classification {
    if (why) return this.#explain(input)
    this.#sink.reset()
    addMessage(this.#sink, input)
    return { probability: probabilityOf(this.#table, score(this.#table, this.#sink.view(), this.#sums)), why: null }
  }

  #explain(input: BayesInput): Classification {
    this.#explainer ??= new FeatureSink(this.#table.seed[0] ?? 0, true)
    const sink = this.#explainer
    sink.reset()
    addMessage(sink, input)
    const probability = probabilityOf(this.#table, score(this.#table, sink.view(), this.#sums))
    return { probability, why: explain(this.#table, sink.view(), sink.names(), this.#sums, shownTokens) }
  }
}

export interface OpenedModel {
  /** Hand it to worker threads; they classify without locks. */
  readonly buffer: SharedArrayBuffer
  /** Messages learnt beyond the prior. */
  readonly trained: { readonly ham: number; readonly spam: number }
}

/**
 * Opens a model to classify with: the model file, or the shipped prior where there is none yet. UserErrors of readModel.
 */
export function openModel(path: string, prior: string | null): OpenedModel {
  const file = readModel(prior !== null && !existsSync(path) ? prior : path)
  return { buffer: file.table.buffer, trained: file.head.trained }
}
