"use strict";
// Colours the map's tiles anew by another metric, without asking the server.
var vigie = window.vigie || (window.vigie = {});

vigie.recolour = function (map, name) {
  const STATUSES = new Set(["down", "not_scraped", "leaving"]);
  const scale = JSON.parse(map.dataset.scales)[name];
  for (const tile of map.querySelectorAll(".t")) {
    const [, kind, size] = tile.className.split(" ");
    if (STATUSES.has(kind)) continue;
    const text = tile.dataset.v.split("|")[scale.at];
    const value = text === "" ? null : Number(text);
    const shown = vigie.show(value, scale.unit);
    const newLevel = level(value, scale);
    if (newLevel !== kind) tile.className = size ? `t ${newLevel} ${size}` : `t ${newLevel}`;
    if (tile.lastElementChild) tile.lastElementChild.textContent = shown;
    tile.title = `${tile.dataset.n}: ${shown}`;
  }
  map.dataset.colour = name;

  function level(value, scale) {
    if (value === null) return "none";
    if (scale.critical !== null) return value >= scale.critical ? "critical" : value >= scale.warning ? "warning" : "ok";
    return scale.highest > 0 ? `n${Math.min(4, Math.floor((5 * value) / scale.highest))}` : "n0";
  }
};
