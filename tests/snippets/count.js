// Tells Penonton what a <video> or <audio> does, from its own events. It sets no cookie and needs
// no preflight. What the network lost is sent again with the next report.
export function count(media, collector, channel, interval = 30) {
  const id = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");
  const session = id();
  let viewer = session; // where storage is blocked, each playback is a viewer of its own
  try {
    viewer = localStorage.penonton ??= id();
  } catch {}
  let said = "paused", seq = 0, unsent = [];

  const state = () =>
    media.error ? "failed"
    : media.ended ? "ended"
    : media.paused ? "paused"
    : media.seeking ? "seeking"
    : media.readyState > 2 ? "playing"
    : media.played.length ? "rebuffering" : "starting";

  function note(state) {
    const report = { session, viewer, channel, state, ts: Date.now(), interval, seq: seq++ };
    unsent = [...unsent.slice(-19), JSON.stringify({ ...report, playhead: media.currentTime })];
    said = state;
  }
  async function tell(state) {
    note(state);
    const sent = unsent;
    const request = { method: "POST", body: sent.join("\n"), keepalive: true };
    const answer = await fetch(`${collector}/v1/reports`, request).catch(() => null);
    if (answer && answer.status < 500) unsent = unsent.filter((line) => !sent.includes(line));
  }
  function leave() {
    if (said === "quit" || !seq) return;
    note("quit");
    navigator.sendBeacon(`${collector}/v1/reports`, unsent.join("\n"));
  }

  const stopped = new AbortController();
  const on = (target, names, listener) =>
    names.forEach((name) => target.addEventListener(name, listener, { signal: stopped.signal }));
  const changed = () => state() !== said && tell(state());
  on(media, ["play", "playing", "pause", "seeking", "seeked", "waiting", "ended", "error"], changed);
  on(window, ["pagehide"], leave);
  on(window, ["pageshow"], changed); // back from the browser's page cache
  const timer = setInterval(() => media.paused || tell(state()), interval * 1000);
  return () => {
    leave();
    stopped.abort();
    clearInterval(timer);
  };
}
