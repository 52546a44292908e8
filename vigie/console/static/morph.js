"use strict";
// Puts a new version of an element in place of the old one, changing only what differs: focus, scroll and input stay.
// Children with data-k are matched by it; what has data-keep is left to the script that filled it.
var vigie = window.vigie || (window.vigie = {});

vigie.morph = function morph(old, next) {
  if (old.isEqualNode(next)) return;
  attributes(old, next);
  if (old.hasAttribute("data-keep")) return;
  if (old.nodeName === "INPUT" || old.nodeName === "TEXTAREA") {
    const isWritten = document.activeElement === old || old.form?.method === "post";
    if (!isWritten && old.type !== "hidden") old.value = next.getAttribute("value") || next.textContent;
    return;
  }
  const childByKey = new Map();
  for (const child of old.children) if (child.dataset.k !== undefined) childByKey.set(child.dataset.k, child);
  let at = old.firstChild;
  for (const nextChild of [...next.childNodes]) {
    const key = nextChild.nodeType === 1 ? nextChild.dataset.k : undefined;
    const oldChild = key === undefined ? at : childByKey.get(key);
    if (oldChild && same(oldChild, nextChild)) {
      if (oldChild !== at) old.insertBefore(oldChild, at);
      else at = at.nextSibling;
      if (oldChild.nodeType === 1) morph(oldChild, nextChild);
      else if (oldChild.nodeValue !== nextChild.nodeValue) oldChild.nodeValue = nextChild.nodeValue;
    } else {
      old.insertBefore(nextChild, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }

  function same(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.nodeType !== 1 || a.dataset.k === b.dataset.k);
  }

  function attributes(a, b) {
    for (const { name, value } of b.attributes) if (a.getAttribute(name) !== value) a.setAttribute(name, value);
    for (const { name } of [...a.attributes]) {
      if (!b.hasAttribute(name) && name !== "open") a.removeAttribute(name);
    }
  }
};
