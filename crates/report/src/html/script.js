// What the page cannot do by itself: it opens what is folded before it is printed, and what a link leads to.
(() => {
  'use strict';
  const open = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === 'DETAILS') at.open = true;
    }
  };
  const follow = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* The name is used as it is. */ }
    const target = id && document.getElementById(id);
    if (!target) return;
    open(target);
    target.scrollIntoView();
  };
  let folded = [];
  addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll('details:not([open])')];
    for (const one of folded) one.open = true;
  });
  addEventListener('afterprint', () => {
    for (const one of folded) one.open = false;
  });
  // A row of a waterfall is chosen by the arrow keys or by a click, and read out from its table.
  const chosen = new WeakMap();
  const choose = (box, place) => {
    const table = box.parentElement.querySelector('table');
    const rows = table.tBodies[0].rows;
    const at = Math.max(0, Math.min(rows.length - 1, place));
    chosen.set(box, at);
    const mark = box.querySelector('.chosen');
    mark.setAttribute('y', at * box.dataset.row);
    mark.setAttribute('visibility', 'visible');
    const heads = table.tHead.rows[0].cells;
    const known = [...rows[at].cells].map((cell, of) => [heads[of].textContent, cell.textContent]);
    box.parentElement.querySelector('.said').textContent =
      known.filter(([, text]) => text && text !== '-').map((pair) => pair.join(' ')).join(' · ');
  };
  for (const box of document.querySelectorAll('.rows-over-time')) {
    box.addEventListener('keydown', (event) => {
      const at = chosen.get(box) ?? -1;
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: Infinity }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(box, to);
    });
    box.addEventListener('click', (event) => {
      const bars = box.querySelector('.bars').getBoundingClientRect();
      choose(box, Math.floor((event.clientY - bars.top) / box.dataset.row));
    });
  }
  addEventListener('hashchange', follow);
  follow();
})();
