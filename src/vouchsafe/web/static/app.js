// The workbench's script: keys, citations, folding panels, idle warning, signals. Everything works without it, slower.
"use strict";
(() => {
  const body = document.body;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const page = () => one(".case");
  const tell = (name) => document.dispatchEvent(new Event(`vouchsafe:${name}`));
  // Nothing where nobody answers; connection.js says so and asks again.
  const request = (path, options) => fetch(path, options).catch(() => { tell("unanswered"); return null; });

  // Theme: the system's, then light, then dark. A cookie, so that the server draws the right one at once.
  one("[data-theme-switch]")?.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = root.dataset.theme || (dark ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    document.cookie = `vouchsafe_theme=${root.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Strict`;
  });

  // Citations: a number lights the words it stands on, and the words scroll into view.
  function light(number, scroll) {
    all(".lit").forEach((lit) => lit.classList.remove("lit"));
    const mark = document.getElementById(`cite-${number}`);
    if (!mark) return;
    mark.classList.add("lit");
    one(`.chip[data-cite="${number}"]`)?.classList.add("lit");
    if (scroll) {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      mark.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
    }
  }
  document.addEventListener("pointerover", (event) => {
    const chip = event.target.closest?.(".chip");
    if (chip) light(chip.dataset.cite, false);
  });
  document.addEventListener("focusin", (event) => {
    const chip = event.target.closest?.(".chip");
    if (chip) light(chip.dataset.cite, true);
  });

  // Panels: a form that asks for a reason opens under the buttons and takes the focus.
  function openPanel(id) {
    const form = document.getElementById(id);
    if (!form) return;
    const opening = form.hidden;
    all(".case .panel, .editor").forEach((panel) => { panel.hidden = true; });
    form.hidden = !opening;
    // While somebody writes, the draft as it stands is not what they would approve.
    const draft = one('button[data-act="approve"]');
    if (draft) draft.hidden = opening && id === "edit-form";
    all("[aria-controls]").forEach((button) => {
      button.setAttribute("aria-expanded", String(!document.getElementById(button.getAttribute("aria-controls"))?.hidden));
    });
    if (opening) {
      const field = one("input:not([type=hidden]), select, textarea", form);
      field?.focus();
      if (field?.tagName === "TEXTAREA") field.setSelectionRange(0, 0);
      form.scrollIntoView({ block: "nearest" });
    }
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.dataset.opens) openPanel(button.dataset.opens);
    else if (button.dataset.act === "edit") openPanel("edit-form");
    else if (button.dataset.act === "help") one("#keys")?.showModal();
    else if ("cancel" in button.dataset) openPanel("edit-form");
    else if ("print" in button.dataset) print();
    else if (button.classList.contains("chip")) light(button.dataset.cite, true);
  });
  // Once is enough: a second click on a slow line must not send a form twice.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    if (event.target.method === "post") {
      event.target.dataset.sent = "1";
      setTimeout(() => { delete event.target.dataset.sent; }, 4000);
    }
  });

  // While editing: which sentences keep their source.
  document.addEventListener("input", (event) => {
    if (event.target.id !== "edit-text") return;
    const text = event.target.value.replace(/\s+/g, " ");
    all("[data-kept]").forEach((row) => {
      const kept = text.includes(row.dataset.kept.replace(/\s+/g, " "));
      one("[data-yes]", row).hidden = !kept;
      one("[data-no]", row).hidden = kept;
    });
  });

  // Keys.
  const rows = () => all(".row");
  function move(by) {
    const list = rows();
    if (!list.length) return;
    const at = list.findIndex((row) => row.getAttribute("aria-current") === "true" || row === document.activeElement);
    const next = list[Math.min(list.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    next.focus();
    next.click();
  }
  const steps = {
    next: () => move(1),
    previous: () => move(-1),
    search: () => one("#words")?.focus(),
    help: () => one("#keys")?.showModal(),
    why: () => {
      const details = one("details[data-act=why]");
      if (details) { details.open = !details.open; one("#why")?.scrollIntoView({ block: "nearest" }); }
    },
  };
  const named = { j: "next", k: "previous", a: "approve", e: "edit", r: "refuse", t: "take", g: "give-back", h: "hand-over",
    c: "close", m: "acknowledge", x: "clear", o: "reveal", d: "decision", ".": "why", "/": "search", "?": "help" };
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      if (writing) { writing.blur(); }
      all(".case .panel, .editor").forEach((panel) => { panel.hidden = true; });
      all('button[data-act="approve"]').forEach((button) => { button.hidden = false; });
      return;
    }
    if (writing || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    const act = named[event.key];
    if (!act) return;
    const step = steps[act];
    const button = one(`main [data-act="${act}"]`);
    if (!step && !button) return;
    event.preventDefault();
    if (step) step(); else button.click();
  });

  // After another case was put into the page.
  function settled() {
    const open = page()?.dataset.case;
    rows().forEach((row) => {
      if (row.dataset.case === open) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
    });
    if (open) { body.classList.add("case-open"); body.classList.remove("list-only"); }
    one("[data-focus]")?.focus();
    fold();
    meet();
  }
  document.addEventListener("htmx:after:swap", () => { one("#main")?.scrollTo(0, 0); settled(); });
  addEventListener("popstate", () => location.reload());

  // What was revealed folds back by itself.
  let folding = 0;
  function fold() {
    clearTimeout(folding);
    const open = page();
    if (open?.dataset.fold) folding = setTimeout(() => {
      if (body.dataset.connection !== "down") { location.replace(`/cases/${open.dataset.case}`); return; }
      // Nobody answers: the words go all the same, and what is being written stays.
      all("mark.shown", open).forEach((mark) => { mark.textContent = mark.title; mark.classList.remove("shown"); });
      all(".bubble .words, blockquote", open).forEach((words) => { words.textContent = "…"; });
    }, Number(open.dataset.fold) * 1000);
  }

  // Idle: say so in time, then leave. Typing counts as being there.
  const idle = Number(body.dataset.idle || 0);
  if (idle) {
    let last = Date.now();
    let told = Date.now();
    const box = one("#idle");
    const post = () => request("/session/stay", { method: "POST", headers: { "X-CSRF": body.dataset.csrf,
      "Content-Type": "application/x-www-form-urlencoded" }, body: "" });
    const alive = () => {
      last = Date.now();
      box.hidden = true;
      if (last - told > 60000) { told = last; post(); }
    };
    ["keydown", "pointerdown", "input"].forEach((kind) => addEventListener(kind, () => { if (box.hidden) alive(); }, { passive: true }));
    one("[data-stay]").addEventListener("click", () => { told = 0; alive(); });
    setInterval(() => {
      const left = idle - (Date.now() - last) / 1000;
      if (left <= 0) location.replace(`/login?idle=1&next=${encodeURIComponent(location.pathname)}`);
      else if (left <= Math.min(120, idle / 2)) {
        box.hidden = false;
        one("[data-left]").textContent = `${Math.floor(left / 60)}:${String(Math.floor(left % 60)).padStart(2, "0")}`;
      }
    }, 1000);
  }

  // Signals: the list is fetched anew; an open case is never changed under somebody's hands, it says that it is old.
  async function refresh() {
    const columns = one("#columns");
    if (columns && document.activeElement?.id !== "words") {
      const answer = await request(`/queue/rows${location.search}`, { headers: { "HX-Request": "true" } });
      if (!answer) return;
      if (answer.status === 401) { location.replace(`/login?idle=1&next=${encodeURIComponent(location.pathname)}`); return; }
      if (answer.ok) {
        const held = document.activeElement?.dataset?.case;
        const scrolled = one(".list")?.scrollTop || 0;
        columns.innerHTML = await answer.text();
        window.htmx?.process(columns);
        if (one(".list")) one(".list").scrollTop = scrolled;
        if (held) one(`.row[data-case="${held}"]`)?.focus();
        settled();
      }
    }
    const open = page();
    if (open) {
      const answer = await request(`/cases/${open.dataset.case}/version`, { headers: { "HX-Request": "true" } });
      if (!answer) return;
      const now = answer.ok ? await answer.json() : null;
      if (now && String(now.version) !== open.dataset.version) {
        const note = one(".outdated", open);
        one("[data-changed]", note).hidden = now.drafted;
        one("[data-drafted]", note).hidden = !now.drafted;
        note.hidden = false;
      }
    }
    tell("fresh");
  }
  // A language model writes: what it wrote is fetched anew. Screen readers hear of the beginning and the end alone.
  // Answers may cross, so that only the newest counts; a signal may be lost, so that an open page asks by itself too.
  let fetches = 0;
  async function drafting(event) {
    const open = page();
    if (!open || open.dataset.case !== event.data) return;
    const mine = ++fetches;
    const answer = await request(`/cases/${event.data}/drafting?version=${open.dataset.version}`, { headers: { "HX-Request": "true" } });
    const text = answer?.status === 200 ? await answer.text() : "";
    const box = one("#drafting", open);
    if (mine !== fetches || !text || !box || page() !== open) return;
    const before = one("[data-state]", box)?.dataset.state;
    box.innerHTML = text;
    const now = one("[data-state]", box);
    if (now.dataset.state !== before) one("[data-drafting]", open).textContent = one("[data-says]", now).textContent.trim();
  }
  // Who else has the case open: an open page that is looked at says that it is there, and hears the others' names.
  let meetings = 0;
  async function meet() {
    const open = page();
    const line = open && one("[data-here]", open);
    if (!line || document.hidden || !body.dataset.live) return;
    const mine = ++meetings;
    const answer = await request(`/cases/${open.dataset.case}/here`, { method: "POST", body: "", headers: { "X-CSRF": body.dataset.csrf,
      "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true" } });
    if (!answer?.ok || mine !== meetings || page() !== open) return;
    const { names } = await answer.json();
    const says = names.length > 1 ? line.dataset.say : line.dataset.says;
    const text = names.length ? says.replace("{names}", new Intl.ListFormat(document.documentElement.lang).format(names)) : "";
    if (one("b", line).textContent !== text) one("b", line).textContent = text;
    line.hidden = !text;
  }
  setInterval(meet, 15_000);
  document.addEventListener("visibilitychange", meet);
  if (body.dataset.live && one("#columns")) {
    let stream;
    let before = false;
    const ask = () => { if (one("#drafting")) drafting({ data: page()?.dataset.case }); };
    const again = () => { if (one('#drafting [data-state="writing"]')) ask(); };
    const listen = () => {
      stream = new EventSource("/live");
      stream.addEventListener("changed", refresh);
      stream.addEventListener("drafting", drafting);
      stream.addEventListener("here", (event) => { if (event.data === page()?.dataset.case) meet(); });
      // What was said while nobody listened is not said again.
      stream.addEventListener("open", () => { ask(); if (before) refresh(); before = true; });
      stream.addEventListener("ended", () => { stream.close(); location.replace("/login?idle=1"); });
      ["open", "alive", "changed", "drafting", "here"].forEach((kind) => stream.addEventListener(kind, () => tell("heard")));
      stream.addEventListener("error", () => tell("unanswered"));
    };
    listen();
    tell("streams");
    // A browser gives a stream up that was answered with something else; whoever is logged off learns it by the list.
    const mend = () => { if (stream.readyState === EventSource.CLOSED) listen(); };
    document.addEventListener("vouchsafe:answers", () => { mend(); refresh(); });
    setInterval(() => { if (stream.readyState === EventSource.CLOSED) { mend(); refresh(); } again(); }, 20_000);
  }
  settled();
})();
