// The chat window: sends lines one after another until each is taken, shows lines as they come.
// Nothing is kept in the browser's storage: on a shared computer the next person must find nothing.
"use strict";
(() => {
  const { dataset: words } = document.body;
  const lines = document.getElementById("lines");
  const write = document.getElementById("write");
  const text = document.getElementById("text");
  const status = document.getElementById("status");
  const personForm = document.getElementById("person-form");
  const waiting = [];
  let sending = false;
  let last = Math.max(0, ...[...lines.querySelectorAll("[data-number]")].map((one) => Number(one.dataset.number)));

  const fresh = () => crypto.randomUUID?.() ??
    [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  // Words are always set as text, never as markup; only https links become links.
  function setWords(place, value) {
    place.dir = "auto";
    let at = 0;
    for (const found of value.matchAll(/https:\/\/[^\s<>"']+[^\s<>"'.,;:!?)]/g)) {
      place.append(value.slice(at, found.index));
      const link = document.createElement("a");
      link.href = found[0];
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      link.textContent = found[0];
      place.append(link);
      at = found.index + found[0].length;
    }
    place.append(value.slice(at));
  }

  function show(line) {
    const item = document.createElement("li");
    item.className = `line ${line.author}`;
    if (line.id) item.dataset.id = line.id;
    const by = document.createElement("p");
    by.className = "by";
    by.textContent = line.by;
    const said = document.createElement("p");
    setWords(said, line.text);
    item.append(by, said);
    lines.append(item);
    item.scrollIntoView({ block: "nearest" });
    return item;
  }

  function setState(item, state) {
    let place = item.querySelector(".state");
    if (!place) {
      place = document.createElement("p");
      place.className = "state";
      item.append(place);
    }
    place.textContent = state;
  }

  function arrived(event) {
    const line = JSON.parse(event.data);
    if (line.number <= last) return;
    last = line.number;
    const own = line.id && [...lines.children].find((one) => one.dataset.id === line.id);
    if (own) {
      own.dataset.number = line.number;
      own.querySelector(".state")?.remove();
      return;
    }
    show(line).dataset.number = line.number;
  }

  async function post(path, fields) {
    const body = new URLSearchParams({ desk: words.desk, lang: words.lang, ...fields });
    return fetch(path, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" });
  }

  // One line at a time, in order, with the same id until it is taken: a broken answer never makes two messages.
  async function flush() {
    if (sending) return;
    sending = true;
    let pause = 1000;
    while (waiting.length) {
      const { path, id, value, item } = waiting[0];
      let answer = null;
      try {
        answer = await post(path, { id, text: value });
      } catch { /* no connection: try again below */ }
      if (answer?.ok) {
        waiting.shift();
        item?.classList.remove("failed");
        item?.querySelector(".state")?.remove();
        status.textContent = item ? words.sent : words.person;
        pause = 1000;
        continue;
      }
      if (answer && ![429, 500, 502, 503, 504].includes(answer.status)) {
        waiting.shift();
        item?.classList.add("failed");
        if (item) setState(item, words.refused);
        status.textContent = words.refused;
        if (value && !text.value) text.value = value;
        continue;
      }
      const state = answer?.status === 429 ? words.often : answer ? words.again : words.offline;
      if (item) setState(item, words.again);
      status.textContent = state;
      await new Promise((go) => {
        const timer = setTimeout(go, pause);
        addEventListener("online", () => { clearTimeout(timer); go(); }, { once: true });
      });
      pause = Math.min(pause * 2, 30000);
    }
    sending = false;
  }

  write.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = text.value.trim();
    if (!value) { text.focus(); return; }
    const id = fresh();
    const item = show({ author: "contact", by: words.you, text: value, id });
    setState(item, words.sending);
    waiting.push({ path: "/chat/messages", id, value, item });
    text.value = "";
    text.focus();
    flush();
  });

  text.addEventListener("keydown", (event) => {
    // Enter sends where there is a real keyboard; with Shift, and while a word is being composed, it makes a line.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    write.requestSubmit();
  });

  personForm.addEventListener("submit", (event) => {
    event.preventDefault();
    waiting.push({ path: "/chat/person", id: personForm.elements.id.value, value: "", item: null });
    status.textContent = words.sending;
    flush();
  });

  addEventListener("beforeunload", (event) => { if (waiting.length) event.preventDefault(); });

  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && parent !== window) parent.postMessage("vouchsafe:close", "*");
  });
  addEventListener("message", (event) => {
    if (event.source === parent && event.data === "vouchsafe:open") text.focus();
  });

  function listen() {
    const stream = new EventSource(`/chat/events?${new URLSearchParams({ desk: words.desk, lang: words.lang, after: last })}`);
    stream.addEventListener("line", arrived);
    stream.addEventListener("error", () => {
      // The browser tries again by itself, unless the server refused.
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
    });
  }
  listen();
})();
