// @ts-check
// Keeps a page current: asks for the page again, at most once a second, and replaces the parts that changed.

/** @param {string} text @param {boolean} stale */
function say(text, stale) {
  const badge = document.getElementById('live-state');
  if (!badge) return;
  badge.hidden = false;
  badge.classList.toggle('stale', stale);
  if (badge.textContent !== text) badge.textContent = text;
}

/** Replaces an element, and gives the focus back to where it was. @param {Element} old @param {Element} next */
function replace(old, next) {
  if (old.innerHTML === next.innerHTML) return;
  const focused = document.activeElement;
  const id = focused && old.contains(focused) ? focused.id : '';
  old.innerHTML = next.innerHTML;
  if (id) document.getElementById(id)?.focus({ preventScroll: true });
}

/** @param {Document} fresh */
function update(fresh) {
  const main = /** @type {HTMLElement} */ (document.getElementById('content'));
  const next = fresh.getElementById('content');
  if (!next) throw new Error('no page');
  const parts = main.querySelectorAll('[data-fragment]');
  // A page without parts is replaced as a whole: it has no fields to lose.
  if (parts.length === 0) replace(main, next);
  for (const part of parts) {
    const fragment = fresh.getElementById(part.id);
    if (fragment) replace(part, fragment);
  }
  document.title = fresh.title;
  return next.dataset.live;
}

export function watchPage() {
  const live = document.getElementById('content')?.dataset.live;
  if (!live) return;
  let pause = Math.max(1000, Number(live));
  let since = new Date();
  let timer = 0;
  const next = () => { timer = window.setTimeout(ask, pause); };
  async function ask() {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
      if (answer.status >= 500) throw new Error(String(answer.status));
      const again = update(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      since = new Date();
      pause = Math.max(1000, Number(live));
      if (!again) { say('up to date', false); return; }
      say('live', false);
    } catch {
      pause = Math.min(pause * 2, 10000);
      say(`stale since ${since.toLocaleTimeString()}`, true);
    }
    next();
  }
  document.addEventListener('visibilitychange', () => {
    window.clearTimeout(timer);
    if (!document.hidden) ask();
  });
  say('live', false);
  next();
}
