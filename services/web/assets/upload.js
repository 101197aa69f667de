// @ts-check
// The form that counts: drop and paste files, several at once, with progress by bytes.

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} text */
function fail(text) {
  const box = byId('failure');
  box.hidden = false;
  box.textContent = text;
}

/** @param {FormData} data @param {string} name @param {string} url @returns {Promise<string>} the id of the job */
function send(data, name, url) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => {
      byId('progress').textContent = `${name}: ${total ? Math.round(loaded / total * 100) : 0} % sent`;
    };
    request.upload.onload = () => { byId('progress').textContent = `${name}: counting…`; };
    request.onload = () => {
      const body = request.response ?? {};
      if (request.status < 300 && body.id) resolve(body.id);
      else reject(new Error(body.detail ?? `the server answered ${request.status}`));
    };
    request.onerror = () => reject(new Error('the connection broke; nothing was counted, try again'));
    request.send(data);
  });
}

/** @param {HTMLFormElement} form @param {File[]} files */
async function count(form, files) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button[type=submit]'));
  byId('failure').hidden = true;
  button.disabled = true;
  try {
    let id = '';
    for (const file of files) {
      const data = new FormData(form);
      for (const other of ['text', 'url', 'file']) data.delete(other);
      data.append('file', file, file.name);
      id = await send(data, file.name, files.length === 1 ? '/jobs?wait=5s' : '/jobs');
    }
    location.assign(files.length === 1 ? `/ui/jobs/${id}` : '/ui/jobs');
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
    button.disabled = false;
  }
}

export function enhanceCount() {
  const form = document.getElementById('count');
  if (!(form instanceof HTMLFormElement)) return;
  const input = /** @type {HTMLInputElement} */ (form.elements.namedItem('file'));
  input.multiple = true;
  form.addEventListener('submit', (event) => {
    if (!input.files?.length) return;
    event.preventDefault();
    count(form, [...input.files]);
  });
  /** @param {DataTransfer | null} from */
  const take = (from) => { if (from?.files.length) { input.files = from.files; form.requestSubmit(); return true; } return false; };
  document.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files')) { event.preventDefault(); form.classList.add('over'); }
  });
  document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) form.classList.remove('over'); });
  document.addEventListener('drop', (event) => {
    form.classList.remove('over');
    if (take(event.dataTransfer)) event.preventDefault();
  });
  document.addEventListener('paste', (event) => { if (take(event.clipboardData)) event.preventDefault(); });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  window.addEventListener('pageshow', () => { /** @type {HTMLButtonElement} */ (form.querySelector('button[type=submit]')).disabled = false; });
}
