// Writes into every element with data-penonton="CHANNEL" who is watching it, and keeps that current.
(() => {
  const EVERY = 10_000; // ms
  const OLD = 30; // s after which a number that could not be asked for again is not shown as live
  const server = new URL(".", document.currentScript.src);
  const unknown = { number: "not known", label: "watching", detail: "the count does not answer", at: null };

  class Counter {
    #said = null;

    constructor(element) {
      this.element = element;
      this.url = new URL(`api/v1/shown/${encodeURIComponent(element.dataset.penonton)}`, server);
      for (const part of ["number", "label", "detail"]) {
        const span = document.createElement("span");
        span.className = `penonton-${part}`;
        this[part] = span;
        element.append(span, " ");
      }
      this.ask();
      setInterval(() => document.hidden || this.ask(), EVERY);
      setInterval(() => this.#said && Date.now() - this.#said > OLD * 1000 && this.#show(unknown), 1000);
      document.addEventListener("visibilitychange", () => document.hidden || this.ask());
    }

    async ask() {
      const answer = await fetch(this.url, { credentials: "omit" }).catch(() => null);
      const said = answer?.ok ? await answer.json().catch(() => null) : null;
      if (said) this.#said = Date.now();
      if (said || !this.#said) this.#show(said ?? unknown);
    }

    #show(said) {
      for (const part of ["number", "label", "detail"]) {
        if (this[part].textContent !== said[part]) this[part].textContent = said[part];
      }
      this.element.dataset.state = said.at ? "live" : "not-known";
    }
  }

  const start = () => document.querySelectorAll("[data-penonton]").forEach((element) => new Counter(element));
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
