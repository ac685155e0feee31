// SPDX-License-Identifier: Apache-2.0
/** A message as it comes in, within its limits: its bytes are taken from the budget of all messages under way. */
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { ByteBudget } from './byte-budget.ts'

export class Receipt {
  readonly #budget: ByteBudget
  readonly #maxBytes: number
  #pieces: Buffer[] = []
  #size = 0
  #refusal: Reply | null = null

  constructor(budget: ByteBudget, maxBytes: number) {
    this.#budget = budget
    this.#maxBytes = maxBytes
  }

  /** Why the message is not kept. It is read to its end all the same, so that the client hears the reply. */
  get refusal(): Reply | null {
    return this.#refusal
  }

  take(piece: Buffer): void {
    if (this.#refusal !== null) return
    if (this.#size + piece.length > this.#maxBytes) this.#refuse(replies.tooLarge)
    else if (!this.#budget.take(piece.length)) this.#refuse(replies.busy)
    else {
      this.#pieces.push(piece)
      this.#size += piece.length
    }
  }

  /** What has come, in one piece. */
  bytes(): Uint8Array {
    const [only] = this.#pieces
    return this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces, this.#size)
  }

  /** Nobody needs the bytes any more; to be called at the end, whatever happened. */
  giveBack(): void {
    this.#budget.give(this.#size)
    this.#size = 0
    this.#pieces = []
  }

  #refuse(reply: Reply): void {
    this.#refusal = reply
    this.giveBack()
  }
}
