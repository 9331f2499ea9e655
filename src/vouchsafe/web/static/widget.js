// The one script tag of the organisation's page:
//   <script src="https://support.clinic.example/widget.js" data-desk="front" data-lang="en" async></script>
// It adds a button and a frame with our page, reads nothing of the page around it, and needs no inline style.
"use strict";
(() => {
  const tag = document.currentScript;
  const origin = new URL(tag.src).origin;
  const language = (tag.dataset.lang || document.documentElement.lang || "en").slice(0, 2);
  const texts = {
    en: { open: "Chat with us", close: "Close chat", title: "Chat" },
    es: { open: "Escríbanos por chat", close: "Cerrar el chat", title: "Chat" },
  };
  const say = texts[language] || texts.en;
  const address = `${origin}/chat?${new URLSearchParams({ desk: tag.dataset.desk || "", lang: language })}`;

  const style = (element, rules) => {
    for (const [name, value] of Object.entries(rules)) element.style.setProperty(name, value);
  };

  function build() {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = tag.dataset.label || say.open;
    button.setAttribute("aria-expanded", "false");
    style(button, {
      position: "fixed", bottom: "16px", "inset-inline-end": "16px", "z-index": "2147483000", "min-height": "48px",
      padding: "10px 20px", font: "700 18px/1.3 system-ui, sans-serif", color: "#ffffff", background: "#0b5d63",
      border: "2px solid #ffffff", "border-radius": "6px", cursor: "pointer", "box-shadow": "0 2px 12px rgb(0 0 0 / .25)",
    });
    let frame = null;

    function fit() {
      const small = innerWidth < 480 || innerHeight < 560;
      style(frame, small
        ? { inset: "0 0 80px 0", width: "100%", height: "calc(100% - 80px)", "border-radius": "0" }
        : { inset: "auto 16px 80px auto", width: "400px", height: "min(640px, calc(100vh - 112px))", "border-radius": "6px" });
      if (!small && getComputedStyle(document.documentElement).direction === "rtl") frame.style.inset = "auto auto 80px 16px";
    }

    function open() {
      if (!frame) {
        frame = document.createElement("iframe");
        frame.src = address;
        frame.title = say.title;
        frame.id = "vouchsafe-chat";
        style(frame, {
          position: "fixed", "z-index": "2147483000", border: "1px solid #6f7b7d", background: "#fbfaf7",
          "box-shadow": "0 2px 12px rgb(0 0 0 / .25)",
        });
        frame.addEventListener("load", () => frame.contentWindow.postMessage("vouchsafe:open", origin));
        button.setAttribute("aria-controls", frame.id);
        button.before(frame);
      }
      fit();
      frame.hidden = false;
      frame.style.setProperty("display", "block");
      button.textContent = say.close;
      button.setAttribute("aria-expanded", "true");
      frame.focus();
      frame.contentWindow?.postMessage("vouchsafe:open", origin);
    }

    function close() {
      frame.style.setProperty("display", "none");
      frame.hidden = true;
      button.textContent = tag.dataset.label || say.open;
      button.setAttribute("aria-expanded", "false");
      button.focus();
    }

    button.addEventListener("click", () => (frame && !frame.hidden ? close() : open()));
    addEventListener("resize", () => { if (frame && !frame.hidden) fit(); });
    addEventListener("message", (event) => {
      if (frame && event.source === frame.contentWindow && event.origin === origin && event.data === "vouchsafe:close") close();
    });
    document.body.append(button);
  }

  if (document.body) build();
  else addEventListener("DOMContentLoaded", build);
})();
