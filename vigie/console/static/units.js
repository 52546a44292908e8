"use strict";
// Numbers as people read them: the same as the server's units.py.
var vigie = window.vigie || (window.vigie = {});

(function () {
  const scaled = (value, base, names, unit) => {
    let power = 0;
    while (Math.abs(value) >= base * 0.9995 && power < names.length - 1) {
      value /= base;
      power += 1;
    }
    const digits = Math.abs(value) < 100 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(0);
    return `${digits} ${names[power]}${unit}`.trimEnd();
  };
  const decimal = ["", "k", "M", "G", "T", "P"];
  const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const span = (seconds) => {
    if (Math.abs(seconds) < 1) return `${(seconds * 1000).toFixed(0)} ms`;
    const parts = [];
    let left = Math.abs(seconds);
    for (const [length, name] of [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]]) {
      const number = Math.floor(left / length);
      left -= number * length;
      if (number || parts.length) parts.push(number ? `${number} ${name}` : "");
      if (parts.length === 2) break;
    }
    return (seconds < 0 ? "-" : "") + parts.filter(Boolean).join(" ");
  };
  const units = {
    bits: (value) => scaled(value, 1000, decimal, "b/s"),
    bytes: (value) => scaled(value, 1024, binary, ""),
    "bytes/s": (value) => `${scaled(value, 1024, binary, "")}/s`,
    count: (value) => scaled(value, 1000, decimal, ""),
    plain: (value) => (Math.abs(value) < 1000 ? String(+value.toFixed(Math.abs(value) < 0.1 ? 4 : 2)) : units.count(value)),
    seconds: span,
    share: (value) => `${(value * 100).toFixed(value !== 0 && Math.abs(value) < 0.0995 ? 1 : 0)} %`,
  };
  vigie.show = (value, unit) => (value === null || value === undefined || !isFinite(value) ? "-" : units[unit](value));
})();
