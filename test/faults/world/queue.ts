import type { World } from "./world.ts";

type Message = { body: string; receives: number };

export type QueueOptions = {
  name: "select-recipients" | "deliver-sends" | "record-feedback";
  /** Of the function, in seconds; a message stays hidden for six times as long. */
  timeout: number;
  maxConcurrency: number;
  work: (body: string) => Promise<void>;
};

const mostReceives = 10;

/** SQS and what Lambda does with it: at least once, in any order, hidden while worked on, dead after ten tries. */
export class Queue {
  readonly dead: Message[] = [];
  /** How many letters ever lay there. */
  died = 0;
  /** Every body that was ever put on it. */
  readonly sent: string[] = [];
  readonly #world: World;
  readonly #options: QueueOptions;
  readonly #waiting: Message[] = [];
  #running = 0;

  constructor(world: World, options: QueueOptions) {
    this.#world = world;
    this.#options = options;
  }

  put(body: string, delaySeconds = 0): void {
    this.sent.push(body);
    const copies = this.#world.copies();
    for (let copy = 0; copy < copies; copy++) {
      const late = this.#world.random() * (copy === 0 ? 500 : 90_000);
      this.#showAfter({ body, receives: 0 }, delaySeconds * 1000 + late);
    }
  }

  /** Puts the dead letters back, as an operator does by SQS's redrive. */
  redrive(): void {
    for (const { body } of this.dead.splice(0)) this.#showAfter({ body, receives: 0 }, 0);
  }

  #bury(message: Message): void {
    this.died += 1;
    this.dead.push(message);
  }

  #showAfter(message: Message, milliseconds: number): void {
    this.#world.timeline.after(milliseconds, () => {
      this.#waiting.push(message);
      this.#begin();
    });
  }

  #begin(): void {
    const { name, timeout, work, maxConcurrency } = this.#options;
    while (this.#running < maxConcurrency && this.#waiting.length > 0) {
      const at = Math.floor(this.#world.random() * this.#waiting.length);
      const [message] = this.#waiting.splice(at, 1);
      if (!message) return;
      message.receives += 1;
      this.#running += 1;
      const { judge, business = judge?.business } = JSON.parse(message.body);
      const shownAgain = this.#world.timeline.now + timeout * 6_000;
      this.#world.invoke(
        { name, business, timeout },
        () => work(message.body),
        (ending) => {
          this.#running -= 1;
          if (ending.how !== "answered") {
            if (message.receives >= mostReceives) this.#bury(message);
            else this.#showAfter(message, shownAgain - this.#world.timeline.now);
          }
          this.#begin();
        },
      );
    }
  }
}
