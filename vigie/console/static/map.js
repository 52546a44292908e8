"use strict";
// Colours the map's tiles anew by another metric, without asking the server.
var vigie = window.vigie || (window.vigie = {});

vigie.recolour = function (map, name) {
  const TROUBLES = new Set(["down", "not_scraped", "leaving"]);
  const scale = JSON.parse(map.dataset.scales)[name];
  for (const tile of map.querySelectorAll(".t")) {
    const [, kind, size] = tile.className.split(" ");
    if (TROUBLES.has(kind)) continue;
    const text = tile.dataset.v.split("|")[scale.at];
    const value = text === "" ? null : Number(text);
    const shown = vigie.show(value, scale.unit);
    const wanted = level(value, scale);
    if (wanted !== kind) tile.className = size ? `t ${wanted} ${size}` : `t ${wanted}`;
    if (tile.lastElementChild) tile.lastElementChild.textContent = shown;
    tile.title = `${tile.dataset.n}: ${shown}`;
  }
  map.dataset.colour = name;

  function level(value, one) {
    if (value === null) return "none";
    if (one.critical !== null) return value >= one.critical ? "critical" : value >= one.warning ? "warning" : "ok";
    return one.highest > 0 ? `n${Math.min(4, Math.floor((5 * value) / one.highest))}` : "n0";
  }
};
