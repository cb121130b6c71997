// What the calendar says is on, and what is next.

const AGAIN = 60_000; // ms

export class Programmes {
  #by = new Map();
  #asked = -Infinity;

  /** Asks `url` now and then; what cannot be had leaves what is known. */
  constructor(url) {
    this.url = url;
  }

  async refresh() {
    if (performance.now() - this.#asked < AGAIN) return;
    this.#asked = performance.now();
    const answer = await fetch(this.url).catch(() => null);
    if (!answer?.ok) return;
    const by = new Map();
    for (const { channel, title, start, end, special } of (await answer.json()).programmes) {
      if (!by.has(channel)) by.set(channel, []);
      by.get(channel).push({ title, start: Date.parse(start), end: Date.parse(end), special });
    }
    this.#by = by;
  }

  /** Of a channel at an instant (ms): what is on (the last that began), and what begins next; or undefined. */
  at(channel, at) {
    const all = this.#by.get(channel) ?? [];
    return {
      now: all.findLast(({ start, end }) => start <= at && at < end),
      next: all.find(({ start }) => start > at),
    };
  }
}
