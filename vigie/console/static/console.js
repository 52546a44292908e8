"use strict";
// Refreshes the page in place, follows its forms without reloading, and keeps what was chosen in the address.
(function () {
  const FRAGMENT = "X-Vigie-Fragment";
  const main = document.getElementById("main");
  const live = document.getElementById("live");
  const said = document.getElementById("said");
  const period = Number(document.body.dataset.refresh) * 1000;
  let requestCount = 0;
  let isLoading = false;
  let isPaused = false;

  async function load(address, { isQuiet = false, push = null } = {}) {
    if (isQuiet && isLoading) return; // a slow answer must not be overtaken for ever
    const requestNumber = (requestCount += 1);
    isLoading = true;
    main.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: { [FRAGMENT]: "1" }, credentials: "same-origin" });
      if (requestNumber !== requestCount) return;
      if (!(answer.ok || answer.status === 404) || answer.redirected) throw new Error(`it answered ${answer.status}`);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
      if (requestNumber !== requestCount || next === null) return;
      if (push) history[push](null, "", address);
      document.title = next.dataset.title || document.title;
      vigie.morph(main, next);
      document.dispatchEvent(new CustomEvent("vigie:refreshed", { detail: { isQuiet } }));
      showNotice("");
      if (!isQuiet) said.textContent = document.getElementById("matching")?.textContent || document.title;
    } catch (error) {
      if (requestNumber === requestCount) showNotice(`The console can't be reached. This page is old (${error.message}).`);
    } finally {
      if (requestNumber === requestCount) {
        isLoading = false;
        main.removeAttribute("aria-busy");
      }
    }
  }

  function showNotice(text) {
    document.getElementById("unreached")?.remove();
    if (!text) return;
    const line = document.createElement("p");
    line.id = "unreached";
    line.className = "notice";
    line.textContent = text;
    document.getElementById("source-errors").append(line);
  }

  function addressOf(form, button) {
    const chosen = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== "") chosen.set(name, value);
    if (button?.name) chosen.set(button.name, button.value);
    const text = chosen.toString();
    return form.getAttribute("action") + (text ? `?${text}` : "");
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("live" in form.dataset)) return;
    event.preventDefault();
    load(addressOf(form, event.submitter), { push: "pushState" });
  });

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !("live" in form.dataset) || event.target.type === "search" || event.target.type === "text") return;
    const map = document.getElementById("map");
    if (event.target.id === "colour" && map) {
      vigie.recolour(map, event.target.value);
      history.replaceState(null, "", addressOf(form));
      return;
    }
    load(addressOf(form), { push: "pushState" });
  });

  let typing = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (event.target.type !== "search" || !form || !("live" in form.dataset)) return;
    clearTimeout(typing);
    typing = setTimeout(() => load(addressOf(form), { push: "replaceState" }), 300);
  });

  document.addEventListener("vigie:go", (event) => load(event.detail.address, { push: "pushState" }));

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".ranges a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(link.getAttribute("href"), { push: "pushState" });
  });

  window.addEventListener("popstate", () => load(location.href));

  live.addEventListener("click", () => {
    isPaused = !isPaused;
    live.setAttribute("aria-pressed", String(!isPaused));
    live.textContent = isPaused ? "paused" : "live";
  });

  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; SameSite=Lax`;
    document.dispatchEvent(new CustomEvent("vigie:refreshed", { detail: { isQuiet: false } }));
  });

  // Who writes into a form, or reads why it was refused, must not have it replaced under their hands.
  const isWriting = () => document.querySelector("form[method=post] :focus, [data-hold]") !== null;

  setInterval(() => {
    if (!isPaused && !document.hidden && !isWriting()) load(location.href, { isQuiet: true });
  }, period);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !isPaused && !isWriting()) load(location.href, { isQuiet: true });
  });
})();
