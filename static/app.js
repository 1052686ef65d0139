/* What HTML alone cannot do. Without this file every page still works: links lead to pages, forms are posted. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const on = (type, act, options) => document.addEventListener(type, act, options);

  /* The server writes times in this person's zone; it learns the zone here. */
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes("tz=" + zone)) {
    document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax` + (location.protocol === "https:" ? "; secure" : "");
  }

  const say = (text) => { $("#announce").textContent = text; };

  /* ---- htmx: the CSRF token, and what the page is doing while it polls ---- */
  on("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = $("meta[name=csrf-token]").content;
    if (event.detail.elt.matches("[data-filters]")) {
      for (const [name, value] of [...event.detail.formData]) if (value === "") event.detail.formData.delete(name);
    }
    if (event.detail.elt.matches("[data-live=list]") && isReading()) event.detail.parameters.reading = "1";
  });

  /* Rows must not move under the hand: somebody is on a row, or further down the list. */
  const isReading = () => {
    const list = $("#found");
    if (!list) return false;
    const rows = $$("tbody tr", list);
    return list.contains(document.activeElement) || modal.open || $(".menu[open]", list) !== null
      || list.getBoundingClientRect().top < 0 || (rows.length > 10 && $("tbody:hover", list) !== null);
  };

  /* ---- polling rests while the tab is hidden and while a person has paused it ---- */
  /* In a page of another site a browser may keep nothing for us; then it lasts as long as this page is shown. */
  const kept = (() => {
    try { return sessionStorage; } catch {
      const shown = new Map();
      return { getItem: (name) => shown.get(name) ?? null, setItem: (name, value) => shown.set(name, value) };
    }
  })();
  const paused = () => kept.getItem("paused") === "1";
  on("htmx:beforeRequest", (event) => {
    const live = event.detail.elt.dataset.live;
    if (live && (document.hidden || paused() || (live === "webhooks" && inUse($("#webhooks"))))) event.preventDefault();
  });
  /* Somebody is at one of its buttons or menus. */
  const inUse = (part) => part.contains(document.activeElement) || $(".menu[open], .htmx-request", part) !== null;
  const showPaused = () => $$("[data-pause]").forEach((button) => button.setAttribute("aria-pressed", String(paused())));
  on("click", (event) => {
    if (!event.target.closest("[data-pause]")) return;
    kept.setItem("paused", paused() ? "0" : "1");
    showPaused();
  });

  on("htmx:responseError", (event) => {
    const poll = event.detail.elt.matches("[data-live]");
    if (!poll) say(document.body.dataset.failed);
  });
  on("htmx:sendError", (event) => {
    if (!event.detail.elt.matches("[data-live]")) say(document.body.dataset.unreachable);
  });

  /* ---- the dialog: the address bar shows the page's own address, Back and Esc close it ---- */
  const modal = $("#modal");
  let opener = null;
  let listAddress = "";
  let changed = false;
  on("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb === "post" && modal.contains(event.detail.elt)) changed = true;
  });
  on("click", (event) => {
    // A click that asks for a new tab is the browser's.
    const link = event.target.closest("a[hx-get]");
    if (link && (event.ctrlKey || event.metaKey || event.shiftKey || event.button)) event.stopPropagation();
  }, true);
  on("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "modal-content" || modal.open) return;
    opener = event.detail.requestConfig.elt;
    listAddress = location.href;
    modal.showModal();
    history.pushState({ modal: true }, "", event.detail.pathInfo.requestPath);
    $("#modal-title")?.focus();
  });
  modal.addEventListener("close", () => {
    $("#modal-content").replaceChildren();
    if (changed && $("#found")) htmx.ajax("GET", listAddress, { target: "#found", swap: "outerHTML" });
    changed = false;
    if (history.state?.modal) history.back();
    (opener?.isConnected ? opener : document.getElementById(opener?.id))?.focus();
  });
  modal.addEventListener("click", (event) => { if (event.target === modal) modal.close(); });
  addEventListener("popstate", (event) => {
    if (modal.open) modal.close();
    else if (event.state?.modal) location.reload();
    else return;
    event.stopImmediatePropagation();
  }, true);

  /* ---- small helps ---- */
  on("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      const from = $(button.dataset.copy);
      await navigator.clipboard.writeText(from.value ?? from.textContent);
      const label = button.lastChild;
      const before = button.dataset.label ??= label.textContent;
      label.textContent = " " + document.body.dataset.copied;
      say(document.body.dataset.copied);
      setTimeout(() => { label.textContent = before; }, 2000);
    }
    $$(".menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  on("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && $("#search")) {
      event.preventDefault();
      $("#search").focus();
    }
    if (event.key === "Escape") {
      const menu = event.target.closest(".menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
    }
  });

  /* The search above the events to choose from, and what is chosen, also in groups that are folded. */
  const showChosen = (boxes) => {
    $("#chosen-count").textContent = boxes.length;
    $("#chosen-events").replaceChildren(...boxes.map((box) => {
      const badge = document.createElement("span");
      badge.className = "st st-off";
      badge.textContent = box.dataset.title;
      return badge;
    }));
  };
  on("input", (event) => {
    if (event.target.id !== "pick-search") return;
    const wanted = event.target.value.trim().toLowerCase();
    $$("#f-events .fold").forEach((group) => {
      const objects = $$(".pick-object", group);
      objects.forEach((one) => { one.hidden = wanted !== "" && !one.textContent.toLowerCase().includes(wanted); });
      group.hidden = objects.every((one) => one.hidden);
      if (wanted) group.open = !group.hidden;
    });
    $("#none-found").hidden = $$("#f-events .fold").some((group) => !group.hidden);
  });
  on("change", (event) => {
    const all = event.target.dataset.pickAll;
    if (all) $$("[form=pick][name=id]", $(all)).forEach((box) => { box.checked = event.target.checked; });
    if (event.target.name === "events") showChosen($$("[name=events]:checked"));
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });

  /* A swap takes away what it replaces: what was unfolded stays unfolded, and the focus stays as near as it can.
     A button that is off while it works loses the focus before the answer comes, so it is noted with the request. */
  let unfolded = [];
  let place = [];
  const noteFocus = () => {
    if (document.activeElement === document.body) return;
    place = [];
    for (let one = document.activeElement; one; one = one.parentElement) if (one.id) place.push(one.id);
  };
  const focusOn = (one) => {
    one.focus({ preventScroll: true });
    if (document.activeElement === one) return true;
    one.tabIndex = -1;
    one.focus({ preventScroll: true });
    return document.activeElement === one;
  };
  on("htmx:beforeRequest", (event) => { if (!event.detail.elt.matches("[data-live]")) { place = []; noteFocus(); } });
  on("htmx:beforeSwap", (event) => {
    unfolded = $$("details[open][id]", event.detail.target).map((one) => one.id);
    noteFocus();
  });
  on("htmx:oobBeforeSwap", noteFocus);
  const keepPlace = (event) => {
    unfolded.forEach((id) => { const one = document.getElementById(id); if (one && !one.matches(".menu")) one.open = true; });
    const result = event.detail.elt.querySelector?.("[data-focus]");
    if (result && !event.detail.requestConfig?.elt?.matches("[data-live]")) { result.focus({ preventScroll: true }); return; }
    if (document.activeElement !== document.body) return;
    place.some((id) => { const one = document.getElementById(id); return one && focusOn(one); });
  };
  on("htmx:afterSettle", keepPlace);
  on("htmx:oobAfterSwap", keepPlace);

  const arrive = () => { showPaused(); $("#problem")?.focus(); };
  on("htmx:afterSettle", (event) => {
    showPaused();
    if (event.detail.elt.querySelector?.("#problem")) $("#problem").focus();
  });
  if (document.readyState === "loading") on("DOMContentLoaded", arrive); else arrive();
})();
