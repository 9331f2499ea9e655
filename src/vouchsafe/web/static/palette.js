// The palette: what can be done on this page, found by typing. It holds what the page offers this person and nothing else.
"use strict";
(() => {
  const palette = document.querySelector("#palette");
  if (!palette) return;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const field = palette.querySelector("input");
  const list = palette.querySelector("ul");
  const none = palette.querySelector("[data-none]");
  const said = palette.dataset;
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let items = [];
  let at = 0;

  // The words of a button or link, without its key and its counts.
  function words(element) {
    const copy = element.cloneNode(true);
    all("kbd, svg, b, .ages, small", copy).forEach((part) => part.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  }
  const seen = (element) => element.getClientRects().length > 0;
  function item(element, kind, label) {
    const key = document.querySelector(`#keys [data-key-of="${element.dataset.act || ""}"]`);
    return { label: label || key?.querySelector("dd").textContent || words(element), kind, key: key?.querySelector("kbd").textContent || "",
      run: () => element.click() };
  }
  function gathered() {
    const links = (selector, kind) => all(selector).filter((link) => !link.hasAttribute("aria-current") || kind === said.act)
      .map((link) => item(link, kind));
    return [
      ...all("main .acts button, main .acts a.button").filter(seen)
        .map((button) => item(button, said.act, button.dataset.act === "edit" ? words(button) : "")),
      ...all("main details[data-act=why]").map((details) => ({ ...item(details, said.act), run: () => {
        details.open = true;
        details.querySelector("summary").focus();
      } })),
      ...links(".rail a", said.queue),
      ...links(".top nav a", said.place),
      ...links(".tabs a", said.page),
      ...all(".me [data-act=help], .me [data-theme-switch], .me a[hreflang], .me form button").map((one) => item(one, said.page)),
    ];
  }
  function search(typed) {
    return { label: said.search.replace("{words}", typed), kind: said.list, key: "/", run: () => {
      const form = document.createElement("form");
      form.method = "post";
      form.action = "/queue/search";
      form.hidden = true;
      for (const [name, value] of [["csrf", document.body.dataset.csrf], ["words", typed]]) {
        const input = document.createElement("input");
        input.name = name;
        input.value = value;
        form.append(input);
      }
      document.body.append(form);
      form.requestSubmit();
    } };
  }

  function mark(next) {
    at = next;
    all("li", list).forEach((row, number) => {
      row.setAttribute("aria-selected", String(number === at));
      if (number === at) row.scrollIntoView({ block: "nearest" });
    });
    if (list.children.length) field.setAttribute("aria-activedescendant", `palette-${at}`);
    else field.removeAttribute("aria-activedescendant");
  }
  function draw() {
    const typed = field.value.trim();
    const asked = plain(typed).split(/\s+/).filter(Boolean);
    const found = items.filter((one) => asked.every((word) => plain(`${one.label} ${one.kind}`).includes(word)));
    found.sort((one, other) => plain(other.label).startsWith(plain(typed)) - plain(one.label).startsWith(plain(typed)));
    if (typed && document.body.dataset.live) found.push(search(typed));
    list.replaceChildren(...found.map((one, number) => {
      const row = document.createElement("li");
      row.id = `palette-${number}`;
      row.setAttribute("role", "option");
      for (const [name, text] of [["span", one.label], ["small", one.kind], ["kbd", one.key]]) {
        if (!text) continue;
        const part = document.createElement(name);
        part.textContent = text;
        if (name === "kbd") part.setAttribute("aria-hidden", "true");
        row.append(part);
      }
      row.addEventListener("click", () => run(one));
      return row;
    }));
    none.hidden = found.length > 0;
    shown = found;
    mark(0);
  }
  let shown = [];
  function run(one) {
    palette.close(); // which gives the focus back, so that an act that moves it has the last word
    one.run();
  }
  function open() {
    if (document.querySelector("dialog[open]")) return;
    items = gathered();
    field.value = "";
    palette.showModal();
    draw();
  }

  field.addEventListener("input", draw);
  palette.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the page's own keys, Escape among them, rest while this is open
    const last = shown.length - 1;
    const to = { ArrowDown: at >= last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, PageDown: Math.min(last, at + 8), PageUp: Math.max(0, at - 8) }[event.key];
    if (to !== undefined && last >= 0) mark(to);
    else if (event.key === "Enter" && !event.isComposing) { if (shown[at]) run(shown[at]); }
    else return;
    event.preventDefault();
  });
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-palette]")) open(); });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    event.stopPropagation();
    if (palette.open) palette.close(); else open();
  }, true);
})();
