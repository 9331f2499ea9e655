// Whether the server answers: says so when it does not, asks again by itself, and lets no act go where nobody takes it.
"use strict";
(() => {
  const region = document.querySelector("#connection");
  if (!region) return;
  const one = (selector) => region.querySelector(selector);
  const ANSWER_MS = 5_000;
  const SILENT_MS = 50_000;
  const AGAIN_MS = [2_000, 4_000, 8_000, 15_000];
  let streams = false; // whether this page is told of changes at all
  let asked = Date.now(); // the server answered
  let fresh = Date.now(); // what this page shows was true
  let heard = Date.now(); // the stream of changes said something
  let state = "up";
  let tries = 0;
  let timer = 0;
  let asking = null;

  const tell = (name) => document.dispatchEvent(new Event(`vouchsafe:${name}`));

  function show(next) {
    const before = state;
    state = next;
    document.body.dataset.connection = next;
    const strip = one("[data-offline]");
    if (next === "up") {
      tries = 0;
      strip.hidden = true;
      one("[data-unsent]").hidden = true;
      one("[data-again]").hidden = before === "up";
    } else {
      const at = new Date(fresh);
      one("[data-since]").dateTime = at.toISOString();
      one("[data-since]").textContent = at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
      one("[data-unreachable]").hidden = next !== "down";
      one("[data-silent]").hidden = next !== "silent";
      one("[data-again]").hidden = true;
      strip.hidden = false;
    }
  }

  // One question at a time, and whoever asks meanwhile gets the same answer.
  function answers() {
    asking ??= fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) })
      .then((answer) => answer.ok, () => false)
      .finally(() => { asking = null; });
    return asking;
  }

  async function look() {
    clearTimeout(timer);
    const there = await answers();
    clearTimeout(timer);
    const was = state;
    if (!there) show("down");
    else {
      asked = Date.now();
      const silent = streams && asked - heard > SILENT_MS;
      if (was !== "up" || silent) tell("answers");
      if (silent) { if (was !== "silent") show("silent"); } else if (was !== "up") show("up");
    }
    if (state !== "up") {
      timer = setTimeout(look, AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)]);
      tries += 1;
    }
    return there;
  }

  // What the rest of the page hears: a request without answer, a word of the stream, a list that was fetched anew.
  document.addEventListener("vouchsafe:unanswered", look);
  document.addEventListener("htmx:error", look);
  document.addEventListener("vouchsafe:streams", () => { streams = true; heard = Date.now(); });
  document.addEventListener("vouchsafe:heard", () => {
    asked = heard = fresh = Date.now();
    if (state !== "up") { clearTimeout(timer); show("up"); }
  });
  document.addEventListener("vouchsafe:fresh", () => {
    fresh = Date.now();
    if (state !== "up") show(state);
  });
  addEventListener("offline", look);
  addEventListener("online", look);
  setInterval(() => {
    if (state === "up" && Date.now() - (streams ? heard : asked) > SILENT_MS) look();
  }, 10_000);

  one("[data-try]").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    const words = button.textContent;
    button.textContent = button.dataset.trying;
    await look();
    button.textContent = words;
  });

  // An act leaves only once the server has just answered, so that what was typed never ends on an error page.
  const passed = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || passed.delete(form) || (form.method !== "post" && state !== "down")) return;
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.asking) return;
    form.dataset.asking = "yes";
    look().then((there) => {
      delete form.dataset.asking;
      if (!there) { one("[data-unsent]").hidden = false; return; }
      passed.add(form);
      form.requestSubmit(event.submitter);
    });
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (state !== "down" || !link || link.origin !== location.origin || link.hash) return;
    event.preventDefault();
    event.stopPropagation();
    look().then((there) => { if (there) link.click(); });
  }, true);
})();
