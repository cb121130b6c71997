// What the page knows and whether it may be shown as live: the one place that decides it.

import { Stopwatch } from "./feed.js";

const SILENT = 3; // s without an event
const FROZEN = 10; // s without anything newly counted

export class Knowledge {
  last = null; // the last message
  waitingFor = null; // what the server waits for, while it has counted nothing yet
  #heard = new Stopwatch();
  #moved = new Stopwatch();

  hear(name, data) {
    this.#heard = new Stopwatch();
    this.waitingFor = name === "waiting" ? data.waiting_for : null;
    if (name !== "message") return;
    if (data.at !== this.last?.at) this.#moved = new Stopwatch();
    this.last = data;
  }

  /** Seconds since when nothing newly received has been counted, as far as this page can tell. */
  get age() {
    return this.last ? Math.max(0, this.last.watermark_age_seconds + this.#heard.seconds) : Infinity;
  }

  /** live; frozen: the server answers but counts nothing new; silent: it says nothing; waiting; connecting. */
  get verdict() {
    const silent = this.#heard.seconds > SILENT;
    if (this.waitingFor && !silent) return "waiting";
    if (!this.last) return silent ? "silent" : "connecting";
    if (silent) return "silent";
    return this.age > FROZEN || this.#moved.seconds > FROZEN ? "frozen" : "live";
  }
}
