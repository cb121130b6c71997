// The live page: shows what is known, and says when it is not known any more.

import { draw } from "./chart.js";
import { ChannelTable, rowsOf } from "./channels.js";
import { Feed } from "./feed.js";
import { channelName, isGroup, lasting, percent, UNKNOWN, Wall, whole } from "./format.js";
import { Knowledge } from "./knowledge.js";
import { Programmes } from "./programmes.js";

const HOUR_EVERY = 5000; // ms
const OLD = 60_000; // ms by which a picture may end before now and still be called the last hour

const $ = (id) => document.getElementById(id);
const say = (id, text) => {
  // Writing the same text again would make screen readers and selections start anew.
  if ($(id).textContent !== text) $(id).textContent = text;
};

const knowledge = new Knowledge();
const feed = new Feed("api/v1/stream", (name, data) => {
  knowledge.hear(name, data);
  render();
});
const table = new ChannelTable($("channels"), choose);
const programmes = new Programmes("api/v1/programmes");
let wall = new Wall();
let chosen = "*";
let hour = null;

function render() {
  const { verdict, last } = knowledge;
  document.body.dataset.state = stateOf(verdict);
  if (last?.today && last.today.zone !== wall.zone) wall = new Wall(last.today.zone);
  if (last) renderNumbers(last, verdict === "live");
  renderState(verdict);
  renderHourTitle();
}

/** live, stale (numbers were known and are not any more), waiting or connecting. */
function stateOf(verdict) {
  if (verdict === "live") return "live";
  if (knowledge.last) return "stale";
  return verdict === "waiting" ? "waiting" : "connecting";
}

function renderNumbers(last, live) {
  const moment = wall.second(Date.parse(last.at));
  const rows = rowsOf(last);
  const all = rows.find((row) => row.channel === "*");
  say("now", live ? whole(all?.viewers) : "not known");
  say(
    "now-says",
    live
      ? `different devices watching anything, on any channel, at ${moment} (${wall.zone})`
      : `no data since ${moment} — last known: ${whole(all?.viewers)} viewers watching anything`,
  );
  for (const span of document.querySelectorAll(".moment")) span.textContent = live ? "now" : `at ${moment}`;
  say("channels-title", live ? "Viewers watching now, by channel" : `Viewers watching at ${moment}, by channel: last known`);
  say("sessions", live ? whole(all?.sessions) : UNKNOWN);
  say("unconfirmed", live ? whole(all?.unconfirmed) : UNKNOWN);
  $("now-tag").hidden = !live;
  renderToday(last, live ? "" : `last known at ${moment}`);
  table.show(rows, chosen, onAir);
  $("nobody").hidden = rows.some((row) => !isGroup(row.channel));
  say("incomplete", `Too low: only ${percent(last.completeness)} of the count is in.`);
  $("incomplete").hidden = !live || last.completeness >= 1;
  say("definition", String(last.definition));
}

/** What was on when the numbers were: beside an old number stands an old programme. */
function onAir(channel) {
  const { now, next } = programmes.at(channel, Date.parse(knowledge.last.at));
  const on = now && `${now.title} until ${wall.minute(now.end)}`;
  const then = next && `next at ${wall.minute(next.start)}: ${next.title}`;
  return [on, then].filter(Boolean).join("; ");
}

function renderToday(last, proviso) {
  const today = last.today?.channels.find((row) => row.channel === "*");
  const zone = `(${wall.zone})`;
  const peakAt = today?.peak_at ? Date.parse(today.peak_at) : null;
  const join = (...words) => words.filter(Boolean).join("; ");
  say("peak", whole(today?.peak_viewers));
  say("peak-at", join(peakAt && `at ${wall.second(peakAt)} ${zone}`, proviso));
  $("peak-tag").hidden = !(peakAt > Date.parse(last.final_until));
  say("reach", whole(today?.reach));
  say("reach-of", join(today && `since ${wall.minute(Date.parse(last.today.first))} ${zone}`, proviso));
  $("reach-tag").hidden = !today;
  $("trust-receipt").hidden = !today;
  if (today) renderReceipts(last.today);
}

/** Where today's figures come from: those of anything, and those of the channel that is chosen. */
function renderReceipts(today) {
  const address = (channel) => `receipt/${today.day}?${new URLSearchParams({ zone: today.zone, channel })}`;
  const counted = today.channels.some((row) => row.channel === chosen);
  $("receipt").href = address("*");
  $("receipt-chosen").href = address(chosen);
  $("receipt-chosen").hidden = chosen === "*" || !counted;
  say("receipt-chosen", `figures of today: ${channelName(chosen)}`);
}

const TITLES = { connecting: "Connecting", waiting: "Nothing counted yet", live: "Live", stale: "Not live" };

function renderState(verdict) {
  const title = TITLES[stateOf(verdict)];
  const since = knowledge.last ? wall.second(Date.parse(knowledge.last.at)) : null;
  const known = knowledge.last?.channels.find((row) => row.channel === "*")?.viewers;
  const facts = since ? `No data since ${since} — last known: ${whole(known)} viewers watching. ` : "";
  const notice = {
    connecting: "",
    waiting: `${facts}${waiting()}`,
    live: "",
    frozen: `${facts}The server answers, but counts nothing new.`,
    silent: `${facts}No numbers arrive from the server. ${retrying()}`,
  }[verdict];
  if (notice) say("notice", notice);
  $("notice").hidden = !notice;
  say("state", title);
  say("freshness", verdict === "live" ? `counted up to ${lasting(knowledge.age)} ago` : "");
  // Only what changes the meaning of the page is announced, not every number.
  say("announcement", verdict === "live" ? title : `${title}. ${facts}`);
  // No number here: in a hidden tab timers sleep, and a frozen one would look live.
  document.title = verdict === "live" ? "Penonton" : `${title} – Penonton`;
  renderTrust(verdict);
}

function waiting() {
  const reasons = knowledge.waitingFor ?? [];
  return reasons.length ? `The server waits for ${reasons.join("; ")}.` : "The server has counted nothing yet.";
}

function retrying() {
  return feed.retryIn > 1 ? `Trying again in ${Math.round(feed.retryIn)} s.` : "Trying again…";
}

function renderTrust(verdict) {
  const { last, age } = knowledge;
  if (!last) return;
  const [at, final] = [Date.parse(last.at), Date.parse(last.final_until)];
  say("trust-fresh", verdict === "live" ? `Everything received until ${lasting(age)} ago is counted.` : `No: nothing new has been counted for ${lasting(age)}.`);
  const complete = last.completeness >= 1;
  say("trust-complete", complete ? "100%: all parts of the count are in." : `${percent(last.completeness)}: parts of the count are missing, so numbers of now are too low.`);
  say("trust-final", `Up to ${wall.second(final)}. The ${lasting((at - final) / 1000)} after it are provisional: late reports can still change them.`);
  say("legend-provisional", `provisional: the last ${lasting((at - final) / 1000)}, which late reports can still change`);
}

async function fetchHour() {
  const channel = chosen;
  const answer = await fetch(`api/v1/hour?channel=${encodeURIComponent(channel)}`);
  if (!answer.ok || channel !== chosen) return;
  const { first, step_seconds: step, peak_viewers: peaks } = await answer.json();
  hour = { channel, first: Date.parse(first), step: step * 1000, peaks };
  renderHour();
}

function renderHourTitle() {
  if (!hour || !knowledge.last) return;
  const end = hour.first + hour.step * hour.peaks.length;
  const current = knowledge.verdict === "live" && Date.parse(knowledge.last.at) - end < OLD;
  const when = current ? "in the last hour" : `from ${wall.minute(hour.first)} to ${wall.minute(end)}`;
  say("chart-title", `Viewers watching ${when}: ${channelName(hour.channel)}`);
}

function renderHour() {
  if (!hour || !knowledge.last) return;
  renderHourTitle();
  say("chart-says", `most viewers at one second in each ${hour.step / 1000} s; times of ${wall.zone}`);
  draw($("chart"), hour, Date.parse(knowledge.last.final_until), wall);
}

function choose(channel) {
  chosen = channel;
  $("chart-all").hidden = channel === "*";
  if (knowledge.last) renderNumbers(knowledge.last, knowledge.verdict === "live");
  refreshHour();
}

// A failure leaves the picture as it was: its axis says of when it is, and the notice says the rest.
const refreshHour = () => (feed.connected ? fetchHour().catch(() => {}) : undefined);

$("chart-all").addEventListener("click", () => choose("*"));
setInterval(render, 500);
setInterval(() => feed.connected && programmes.refresh(), 1000);
setInterval(refreshHour, HOUR_EVERY);
setTimeout(refreshHour, 500);
new ResizeObserver(renderHour).observe($("chart"));
document.addEventListener("visibilitychange", render);
