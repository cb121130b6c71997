// The last hour as a picture: inline SVG, drawn anew whenever something of it changes.

import { whole } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";
const EDGE = { top: 12, right: 12, bottom: 24 };
const TICKS = [1, 2, 5, 10, 15, 20, 30]; // minutes

/**
 * Draws `hour` ({first, step, peaks}; ms, ms, most viewers of each step or null) into `box`.
 * Steps that end after `finalUntil` (ms) are provisional. `wall` writes the instants.
 */
export function draw(box, { first, step, peaks }, finalUntil, wall) {
  const [width, height] = [box.clientWidth, box.clientHeight];
  const top = ceiling(Math.max(1, ...peaks.filter((peak) => peak !== null)));
  const left = 16 + 7 * whole(top).length;
  if (width <= left + EDGE.right) return; // it has no room, as while a page is laid out anew
  const end = first + step * peaks.length;
  const x = (at) => left + ((width - left - EDGE.right) * (at - first)) / (end - first);
  const y = (n) => height - EDGE.bottom - ((height - EDGE.top - EDGE.bottom) * n) / top;
  const svg = make("svg", { width, height, role: "img", "aria-label": summary(first, end, peaks, wall) });
  if (finalUntil < end) {
    const from = x(Math.max(first, finalUntil));
    svg.append(make("rect", { class: "unsettled", x: from, y: EDGE.top, width: x(end) - from, height: y(0) - EDGE.top }));
  }
  for (const n of [0, top / 2, top]) {
    svg.append(make("path", { class: "grid", d: `M${left} ${y(n)}H${width - EDGE.right}` }));
    svg.append(label(whole(n), { x: left - 8, y: y(n) + 4, "text-anchor": "end" }));
  }
  for (const at of minutes(first, end, width)) {
    svg.append(make("path", { class: "grid", d: `M${x(at)} ${y(0)}v4` }));
    svg.append(label(wall.minute(at), { x: x(at), y: height - 6, "text-anchor": "middle" }));
  }
  for (const part of parts(peaks, (i) => first + (i + 1) * step <= finalUntil)) {
    const points = part.points.map(([i, peak]) => `${x(first + (i + 0.5) * step)} ${y(peak)}`);
    // A single known step between two gaps would be a line of no length.
    const line = points.length === 1 ? `M${points[0]}h1` : `M${points.join("L")}`;
    const [from, to] = [part.points[0][0], part.points.at(-1)[0]].map((i) => x(first + (i + 0.5) * step));
    svg.append(make("path", { class: "under", d: `${line}L${to} ${y(0)}L${from} ${y(0)}Z` }));
    svg.append(make("path", { class: part.final ? "curve" : "curve provisional", d: line }));
  }
  svg.append(reading(svg, { first, step, peaks, left, width, x, y, wall }));
  box.replaceChildren(svg);
}

/** Runs of known steps that are alike final or provisional; neighbouring runs share a point, gaps separate. */
function parts(peaks, isFinal) {
  const found = [];
  peaks.forEach((peak, i) => {
    if (peak === null) return;
    const last = found.at(-1);
    const joins = last && last.points.at(-1)[0] === i - 1;
    if (joins && last.final === isFinal(i)) return last.points.push([i, peak]);
    found.push({ final: isFinal(i), points: joins ? [last.points.at(-1), [i, peak]] : [[i, peak]] });
  });
  return found;
}

/** A line under the pointer that reads the number there. */
function reading(svg, { first, step, peaks, left, width, x, y, wall }) {
  const group = make("g", { visibility: "hidden" });
  const line = make("path", { class: "cursor" });
  const text = label("", { class: "reading", y: EDGE.top + 12 });
  group.append(line, text);
  svg.addEventListener("pointermove", (event) => {
    const across = (event.offsetX - left) / (width - left - EDGE.right);
    const i = Math.min(peaks.length - 1, Math.max(0, Math.floor(across * peaks.length)));
    const at = x(first + (i + 0.5) * step);
    line.setAttribute("d", `M${at} ${EDGE.top}V${y(0)}`);
    text.textContent = `${wall.second(first + i * step)}: ${peaks[i] === null ? "not known" : whole(peaks[i])}`;
    text.setAttribute("text-anchor", at > width / 2 ? "end" : "start");
    text.setAttribute("x", at + (at > width / 2 ? -6 : 6));
    group.setAttribute("visibility", "visible");
  });
  svg.addEventListener("pointerleave", () => group.setAttribute("visibility", "hidden"));
  return group;
}

/** A round number that is not below n, and even, so that its half is whole. */
function ceiling(n) {
  const unit = 10 ** Math.floor(Math.log10(n));
  return Math.max(2, [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].map((m) => m * unit).find((m) => m >= n && m % 2 === 0) ?? 10 * unit);
}

/** The instants to be named below: as many as there is room for. */
function minutes(first, end, width) {
  const room = Math.max(2, Math.floor(width / 70));
  const every = 60_000 * (TICKS.find((tick) => (end - first) / (tick * 60_000) <= room) ?? 60);
  const found = [];
  for (let at = Math.ceil(first / every) * every; at <= end; at += every) found.push(at);
  return found;
}

function summary(first, end, peaks, wall) {
  const known = peaks.filter((peak) => peak !== null);
  const span = `Viewers watching from ${wall.minute(first)} to ${wall.minute(end)}`;
  if (known.length === 0) return `${span}: not known`;
  const gaps = known.length < peaks.length ? "; part of it is not known" : "";
  return `${span}: between ${whole(Math.min(...known))} and ${whole(Math.max(...known))}, ${whole(known.at(-1))} at the end${gaps}`;
}

function label(text, attributes) {
  const made = make("text", attributes);
  made.textContent = text;
  return made;
}

function make(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
