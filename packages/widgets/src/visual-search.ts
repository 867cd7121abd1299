import { el, sheet } from './dom.js';
import { VitrineRecommendations } from './recommendations.js';
import css from './visual-search.css';
import { word } from './words.js';

const styles = sheet(css);
/** Pictures are made smaller before they leave the browser: an encoder sees a few hundred pixels at most. */
const LARGEST_SIDE = 800;
/** How far an arrow key moves or grows the frame, and the least it shrinks to, as shares of the picture. */
const STEP = 0.05;
const LEAST_CROP = 0.1;

/** What the search is about: an uploaded picture, or the bytes themselves. */
export interface Picture {
  imageId?: string;
  data?: string;
}

const base64 = (blob: Blob): Promise<string> =>
  new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).replace(/^data:[^,]*,/, ''));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(blob);
  });

interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The frame after an arrow key: moved, or with Shift grown and shrunk; the middle of the picture at first. */
const moved = (crop: Crop | null, key: string, grows: boolean): Crop => {
  const next = { ...(crop ?? { left: 0.25, top: 0.25, width: 0.5, height: 0.5 }) };
  const step = key === 'ArrowRight' || key === 'ArrowDown' ? STEP : -STEP;
  const [start, size] =
    key === 'ArrowLeft' || key === 'ArrowRight' ? (['left', 'width'] as const) : (['top', 'height'] as const);
  if (grows) next[size] = Math.min(1 - next[start], Math.max(LEAST_CROP, next[size] + step));
  else next[start] = Math.min(1 - next[size], Math.max(0, next[start] + step));
  return next;
};

/**
 * `<vitrine-visual-search>`: drop, paste, choose or snap a photo, mark the part that is meant (drag, or arrow keys), get products.
 *
 * Without consent the picture travels inside the question and is kept nowhere.
 *
 * @element vitrine-visual-search
 * @attr {number} limit - How many products (default 12)
 * @attr {string} href - Template of links with {id}
 * @attr {string} text - Words that go with the picture
 * @attr {string} lang - Language of words and prices
 * @attr {boolean} quiet - Only tells of the picture and shows nothing itself
 * @fires {CustomEvent<{ imageId?: string, data?: string }>} vitrine-picture - A picture, or a part of one, is what to search by
 * @csspart drop - The area that takes pictures
 * @csspart snap - The button that opens the camera
 */
export class VitrineVisualSearch extends HTMLElement {
  #root = this.attachShadow({ mode: 'open' });
  #source: ImageBitmap | undefined;
  #paste = (event: ClipboardEvent) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith('image/'));
    if (file) void this.search(file);
  };

  get #language(): string {
    return this.getAttribute('lang') ?? document.documentElement.lang ?? 'en';
  }

  connectedCallback(): void {
    this.#root.adoptedStyleSheets = [styles];
    document.addEventListener('paste', this.#paste);
    const input = el('input', {
      type: 'file',
      accept: 'image/*',
      onchange: () => input.files?.[0] && void this.search(input.files[0]),
    });
    // Phones open the camera; where there is none, browsers offer their files.
    const camera = el('input', {
      type: 'file',
      accept: 'image/*',
      capture: 'environment',
      onchange: () => camera.files?.[0] && void this.search(camera.files[0]),
    });
    const area = el(
      'div',
      { class: 'drop', part: 'drop' },
      el(
        'div',
        { class: 'ways' },
        el('label', {}, input, el('span', {}, word('drop', this.#language))),
        el('label', { part: 'snap' }, camera, el('span', {}, word('snap', this.#language))),
      ),
      el('div', { class: 'stage' }),
      el('p', { role: 'status' }),
    );
    area.addEventListener('dragover', (event) => {
      event.preventDefault();
      area.classList.add('over');
    });
    area.addEventListener('dragleave', () => area.classList.remove('over'));
    area.addEventListener('drop', (event) => {
      event.preventDefault();
      area.classList.remove('over');
      const file = event.dataTransfer?.files[0];
      if (file) void this.search(file);
    });
    this.#root.replaceChildren(area, el('div', { class: 'results' }));
  }

  disconnectedCallback(): void {
    document.removeEventListener('paste', this.#paste);
  }

  #status(text: string): void {
    const line = this.#root.querySelector('p');
    if (line) line.textContent = text;
  }

  /** Shows the picture, sends it, and asks for what looks like it. */
  async search(file: Blob): Promise<void> {
    try {
      this.#source = await createImageBitmap(file);
    } catch {
      this.#status(word('none', this.#language));
      return;
    }
    this.#draw();
    await this.#send(null);
  }

  #draw(): void {
    const source = this.#source!;
    const scale = Math.min(1, LARGEST_SIDE / Math.max(source.width, source.height));
    const canvas = el('canvas', {
      width: Math.round(source.width * scale),
      height: Math.round(source.height * scale),
      role: 'application',
      tabindex: 0,
      'aria-label': word('crop', this.#language),
    });
    canvas.getContext('2d')!.drawImage(source, 0, 0, canvas.width, canvas.height);
    const frame = el('div', { class: 'crop', hidden: true });
    const stage = this.#root.querySelector('.stage') as HTMLElement;
    stage.replaceChildren(canvas, frame);
    let from: { x: number; y: number } | null = null;
    let crop: Crop | null = null;
    const show = () => {
      frame.hidden = crop === null;
      if (crop)
        for (const side of ['left', 'top', 'width', 'height'] as const) frame.style[side] = `${crop[side] * 100}%`;
    };
    canvas.onkeydown = (event) => {
      if (event.key === 'Escape') crop = null;
      else if (event.key === 'Enter') void this.#send(crop);
      else if (event.key.startsWith('Arrow')) crop = moved(crop, event.key, event.shiftKey);
      else return;
      event.preventDefault();
      show();
    };
    const at = (event: PointerEvent) => {
      const box = canvas.getBoundingClientRect();
      return {
        x: Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)),
        y: Math.min(1, Math.max(0, (event.clientY - box.top) / box.height)),
      };
    };
    canvas.onpointerdown = (event) => {
      from = at(event);
      canvas.setPointerCapture(event.pointerId);
    };
    canvas.onpointermove = (event) => {
      if (!from) return;
      const to = at(event);
      crop = {
        left: Math.min(from.x, to.x),
        top: Math.min(from.y, to.y),
        width: Math.abs(to.x - from.x),
        height: Math.abs(to.y - from.y),
      };
      show();
    };
    canvas.onpointerup = () => {
      from = null;
      if (crop && crop.width > 0.05 && crop.height > 0.05) void this.#send(crop);
    };
  }

  async #send(crop: Crop | null): Promise<void> {
    const source = this.#source!;
    const part = crop ?? { left: 0, top: 0, width: 1, height: 1 };
    const width = source.width * part.width;
    const height = source.height * part.height;
    const scale = Math.min(1, LARGEST_SIDE / Math.max(width, height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas
      .getContext('2d')!
      .drawImage(
        source,
        source.width * part.left,
        source.height * part.top,
        width,
        height,
        0,
        0,
        canvas.width,
        canvas.height,
      );
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.9));
    if (!blob) return;
    this.#status(word('searching', this.#language));
    try {
      const session = VitrineRecommendations.session;
      // Without consent the picture travels inside the question and is kept nowhere.
      const picture: Picture = session.consent
        ? await session.visitor().then(() => session.call<{ imageId: string }>('POST', '/v1/images', blob, 20_000))
        : { data: await base64(blob) };
      this.#status('');
      this.dispatchEvent(new CustomEvent('vitrine-picture', { detail: picture, bubbles: true, composed: true }));
      if (!this.hasAttribute('quiet')) this.#results(picture);
    } catch (error) {
      this.#status(error instanceof Error ? error.message : String(error));
    }
  }

  #results(picture: Picture): void {
    const list = document.createElement('vitrine-recommendations');
    for (const name of ['limit', 'href', 'text', 'lang']) {
      const value = this.getAttribute(name);
      if (value !== null) list.setAttribute(name, value);
    }
    list.setAttribute('search', '');
    list.setAttribute('layout', 'grid');
    if (picture.imageId) list.setAttribute('image-id', picture.imageId);
    else (list as VitrineRecommendations).pictureData = picture.data;
    this.#root.querySelector('.results')!.replaceChildren(list);
  }
}
