// The stream of events: it comes back by itself, and knows how long it has been silent.

const PATIENCE = [1, 2, 4, 8, 15]; // s before the next try
const DEAF = 5; // s without an event after which an open connection is taken for dead

/** Seconds passed, also while the device slept, for which performance.now() may stand still. */
export class Stopwatch {
  #steady = performance.now();
  #wall = Date.now();

  get seconds() {
    return Math.max(performance.now() - this.#steady, Date.now() - this.#wall) / 1000;
  }
}

export class Feed {
  #source = null;
  #tries = 0;
  #timer = 0;
  #retryAt = 0;
  #heard = new Stopwatch();

  /** Calls `onEvent(name, data)` for each event of `url`; `name` is "message" or "waiting". */
  constructor(url, onEvent) {
    this.url = url;
    this.onEvent = onEvent;
    this.#open();
    setInterval(() => this.#source && this.#heard.seconds > DEAF && this.#lost(), 1000);
    addEventListener("online", () => this.hurry());
    addEventListener("pageshow", (event) => event.persisted && this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  /** Whether the server answered last time. */
  get connected() {
    return this.#source !== null && this.#tries === 0;
  }

  /** Seconds until the next try; 0 while one is under way. */
  get retryIn() {
    return this.#source ? 0 : Math.max(0, (this.#retryAt - performance.now()) / 1000);
  }

  /** Tries now, where it would have waited. */
  hurry() {
    if (this.#source === null) this.#open();
  }

  #open() {
    clearTimeout(this.#timer);
    this.#heard = new Stopwatch();
    this.#source = new EventSource(this.url);
    for (const name of ["message", "waiting"]) {
      this.#source.addEventListener(name, (event) => this.#receive(name, event));
    }
    this.#source.addEventListener("error", () => this.#lost());
  }

  #receive(name, event) {
    this.#tries = 0;
    this.#heard = new Stopwatch();
    this.onEvent(name, JSON.parse(event.data));
  }

  // EventSource would try again by itself, but gives up for good when the answer is a 503.
  #lost() {
    this.#source.close();
    this.#source = null;
    const wait = PATIENCE[Math.min(this.#tries, PATIENCE.length - 1)] * (0.8 + 0.4 * Math.random());
    this.#tries += 1;
    this.#retryAt = performance.now() + wait * 1000;
    this.#timer = setTimeout(() => this.#open(), wait * 1000);
  }
}
