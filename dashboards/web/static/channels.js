// The table of channels: rows are kept, so that focus and selection stay while numbers move.

import { channelName, isGroup, whole } from "./format.js";

const CALM = 5000; // ms between two changes of order
const COLUMNS = [
  // The name of each where there is no room for a heading.
  ["sessions", "Sessions"],
  ["unconfirmed", "Unconfirmed"],
  ["peak", "Peak today"],
  ["reach", "Reach today"],
];

/** What is said of each now and today: `*`, kinds, then channels; by viewers watching now, then by name. */
export function rowsOf({ channels, today }) {
  const rows = new Map();
  const row = (channel) => {
    const nobody = { channel, viewers: 0, sessions: 0, unconfirmed: 0, peak: null, reach: null };
    if (!rows.has(channel)) rows.set(channel, nobody);
    return rows.get(channel);
  };
  for (const now of channels) Object.assign(row(now.channel), now);
  for (const { channel, peak_viewers: peak, reach } of today?.channels ?? []) {
    Object.assign(row(channel), { peak, reach });
  }
  const first = (r) => (r.channel === "*" ? 0 : isGroup(r.channel) ? 1 : 2);
  const name = (a, b) => (a.channel < b.channel ? -1 : 1);
  return [...rows.values()].sort((a, b) => first(a) - first(b) || b.viewers - a.viewers || name(a, b));
}

export class ChannelTable {
  #rows = new Map();
  #ordered = -Infinity;
  #pointed = -Infinity;

  /** Fills `body`; calls `onChoice(channel)` when one is chosen. */
  constructor(body, onChoice) {
    this.body = body;
    body.addEventListener("pointermove", () => (this.#pointed = performance.now()));
    this.onChoice = onChoice;
  }

  /** `on(channel)` answers what is on and next there, as text; empty: nothing is known. */
  show(rows, chosen, on = () => "") {
    const most = Math.max(1, ...rows.filter((r) => !isGroup(r.channel)).map((r) => r.viewers));
    const gone = new Set(this.#rows.keys());
    for (const row of rows) {
      gone.delete(row.channel);
      this.#fill(row, most, chosen, on(row.channel));
    }
    for (const channel of gone) {
      this.#rows.get(channel).line.remove();
      this.#rows.delete(channel);
    }
    this.#order(rows);
  }

  #fill(row, most, chosen, programme) {
    if (!this.#rows.has(row.channel)) this.#rows.set(row.channel, this.#make(row.channel));
    const { button, on, viewers, bar, cells } = this.#rows.get(row.channel);
    button.setAttribute("aria-pressed", String(row.channel === chosen));
    if (on.textContent !== programme) on.textContent = programme;
    viewers.textContent = whole(row.viewers);
    if (bar) bar.style.width = `${(100 * row.viewers) / most}%`;
    for (const [key] of COLUMNS) cells[key].textContent = whole(row[key]);
  }

  #make(channel) {
    const line = element("tr", { role: "row" });
    const button = element("button", { type: "button" });
    button.textContent = channelName(channel);
    button.addEventListener("click", () => this.onChoice(channel));
    const name = element("th", { role: "rowheader", scope: "row" });
    const on = element("span", { class: "on" });
    name.append(button, on);
    const watching = element("td", { role: "cell", class: "viewers" });
    const viewers = element("span", {});
    watching.append(viewers);
    const bar = isGroup(channel) ? null : this.#bar(watching);
    line.append(name, watching);
    const cells = {};
    for (const [key, label] of COLUMNS) {
      cells[key] = element("td", { role: "cell", class: "rest", "data-label": label });
      line.append(cells[key]);
    }
    return { line, button, on, viewers, bar, cells };
  }

  #bar(cell) {
    const share = element("span", { class: "share", "aria-hidden": "true" });
    const bar = element("span", {});
    share.append(bar);
    cell.append(share);
    return bar;
  }

  // A row that moves away under the pointer or the focus is worse than an order some seconds old.
  #order(rows) {
    const settled = rows.every(({ channel }) => this.#rows.get(channel).line.isConnected);
    const now = performance.now();
    const held = now - this.#pointed < CALM || this.body.querySelector(":focus-visible");
    if (settled && (held || now - this.#ordered < CALM)) return;
    this.#ordered = now;
    const lines = rows.map(({ channel }) => this.#rows.get(channel).line);
    if (lines.some((line, i) => line !== this.body.children[i])) this.body.append(...lines);
  }
}

function element(name, attributes) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
