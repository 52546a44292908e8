"use strict";
// Colours the map's tiles anew by another metric, without asking the server.
var vigie = window.vigie || (window.vigie = {});

vigie.recolour = function (map, name) {
  const scale = JSON.parse(map.dataset.scales)[name];
  for (const tile of map.querySelectorAll(".t")) {
    const kinds = tile.classList;
    if (kinds.contains("down") || kinds.contains("silent") || kinds.contains("leaving")) continue;
    const text = tile.dataset.v.split("|")[scale.at];
    const value = text === "" ? null : Number(text);
    const size = [...kinds].filter((one) => /^z\d$/.test(one)).join(" ");
    const shown = vigie.show(value, scale.unit);
    tile.className = `t ${level(value, scale)} ${size}`.trimEnd();
    tile.lastElementChild.textContent = shown;
    tile.title = `${tile.dataset.n}: ${shown}`;
  }
  map.dataset.colour = name;

  function level(value, one) {
    if (value === null) return "none";
    if (one.now !== null) return value >= one.now ? "now" : value >= one.soon ? "soon" : "well";
    return one.highest > 0 ? `n${Math.min(4, Math.floor((5 * value) / one.highest))}` : "n0";
  }
};
