import { el, sheet } from './dom.js';
import { VitrineRecommendations } from './recommendations.js';
import css from './visual-search.css';
import { word } from './words.js';

const styles = sheet(css);
/** Pictures are made smaller before they leave the browser: an encoder sees a few hundred pixels at most. */
const LARGEST_SIDE = 800;

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

/**
 * `<vitrine-visual-search>`: drop, paste, choose or snap a photo, drag over the part that is meant, get products.
 *
 * Attributes: `limit`, `href`, `text` (words that go with the picture), `lang`, `quiet` (only tells the picture's id and shows nothing).
 * Events: `vitrine-picture` `{ imageId }` or `{ data }`, then those of the list inside.
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
    const area = el(
      'div',
      { class: 'drop', part: 'drop' },
      el('label', {}, input, el('span', {}, word('drop', this.#language))),
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
      role: 'img',
      'aria-label': word('crop', this.#language),
    });
    canvas.getContext('2d')!.drawImage(source, 0, 0, canvas.width, canvas.height);
    const frame = el('div', { class: 'crop', hidden: true });
    const stage = this.#root.querySelector('.stage') as HTMLElement;
    stage.replaceChildren(canvas, frame);
    let from: { x: number; y: number } | null = null;
    let crop: Crop | null = null;
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
      frame.hidden = false;
      for (const side of ['left', 'top', 'width', 'height'] as const) frame.style[side] = `${crop[side] * 100}%`;
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
