// How numbers and instants are written.

const WHOLE = new Intl.NumberFormat("en");
const PERCENT = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const TENTH = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const UNKNOWN = "—";

export const whole = (n) => (n === null || n === undefined ? UNKNOWN : WHOLE.format(n));

// Rounded down: 99.99 % is not complete.
export const percent = (ratio) => PERCENT.format(Math.floor(ratio * 1000) / 1000);

/** What it is called: `*` is any channel, `*tv` any channel of the kind tv. */
export function channelName(channel) {
  if (channel === "*") return "anything";
  return isGroup(channel) ? `any ${channel.slice(1)} channel` : channel;
}

/** Whether several channels are counted under this name. */
export const isGroup = (channel) => channel.startsWith("*");

/** How long `seconds` are, as people say it. */
export function lasting(seconds) {
  if (seconds < 10) return `${TENTH.format(Math.max(0, seconds))} s`;
  if (seconds < 120) return `${WHOLE.format(Math.floor(seconds))} s`;
  if (seconds < 7200) return `${WHOLE.format(Math.floor(seconds / 60))} min`;
  if (seconds < 172800) return `${WHOLE.format(Math.floor(seconds / 3600))} hours`;
  return `${WHOLE.format(Math.floor(seconds / 86400))} days`;
}

/** Writes instants (ms since the epoch) in a time zone, which it names. */
export class Wall {
  constructor(zone) {
    this.zone = zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    const day = { timeZone: this.zone, hourCycle: "h23" };
    const time = { ...day, hour: "2-digit", minute: "2-digit" };
    this.#minute = new Intl.DateTimeFormat("en-GB", time);
    this.#second = new Intl.DateTimeFormat("en-GB", { ...time, second: "2-digit" });
    this.#date = new Intl.DateTimeFormat("en-GB", { ...day, day: "numeric", month: "long" });
  }

  #minute;
  #second;
  #date;

  minute(at) {
    return this.#minute.format(at);
  }

  /** To the second, with the date where it is not today's. */
  second(at, now = Date.now()) {
    const time = this.#second.format(at);
    const date = this.#date.format(at);
    return date === this.#date.format(now) ? time : `${time} on ${date}`;
  }
}
