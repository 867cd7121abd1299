import sharp from 'sharp';

/** A colour and the share of the thing that has it. */
export interface ColourShare {
  word: string;
  score: number;
}

/** Named colours in sRGB; several anchors where a name covers more than one neighbourhood. */
const ANCHORS: readonly [string, number, number, number][] = [
  ['black', 18, 18, 20],
  ['black', 40, 38, 40],
  ['white', 248, 248, 248],
  ['white', 228, 228, 226],
  ['grey', 128, 128, 130],
  ['grey', 85, 87, 90],
  ['light grey', 190, 190, 192],
  ['brown', 110, 70, 40],
  ['brown', 70, 45, 30],
  ['brown', 160, 105, 60],
  ['beige', 222, 205, 178],
  ['beige', 196, 172, 140],
  ['red', 200, 25, 30],
  ['red', 150, 20, 28],
  ['orange', 235, 120, 30],
  ['orange', 200, 95, 40],
  ['yellow', 245, 210, 40],
  ['yellow', 225, 200, 90],
  ['green', 50, 130, 50],
  ['green', 105, 140, 75],
  ['green', 40, 75, 45],
  ['green', 170, 205, 60],
  ['turquoise', 40, 160, 160],
  ['turquoise', 120, 200, 195],
  ['blue', 40, 90, 190],
  ['blue', 90, 140, 205],
  ['blue', 70, 95, 130],
  ['navy blue', 25, 35, 75],
  ['purple', 110, 60, 150],
  ['purple', 75, 40, 90],
  ['pink', 240, 150, 175],
  ['pink', 225, 80, 130],
];

const SIDE = 96;
/** ΔE under which a pixel counts as ground. */
const LIKE_GROUND = 14;
const LEAST_SHARE = 0.05;

const linear = (value: number): number => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};
const bend = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116);

/** sRGB to CIELAB, D65. */
const lab = (r: number, g: number, b: number): [number, number, number] => {
  const [lr, lg, lb] = [linear(r), linear(g), linear(b)];
  const x = bend((0.4124 * lr + 0.3576 * lg + 0.1805 * lb) / 0.95047);
  const y = bend(0.2126 * lr + 0.7152 * lg + 0.0722 * lb);
  const z = bend((0.0193 * lr + 0.1192 * lg + 0.9505 * lb) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};
const anchors = ANCHORS.map(([word, r, g, b]) => ({ word, at: lab(r, g, b) }));
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot((a[0]! - b[0]!) * 0.7, a[1]! - b[1]!, a[2]! - b[2]!);

/**
 * The colours of the thing on a picture, measured rather than guessed: pixels nearer to the middle count more, those like the picture's
 * border count as ground and are left out (unless hardly anything else is there), and each goes to the nearest named colour in CIELAB with
 * lightness weighed down. Largest first, shares of what was counted. Cost: 9,216 pixels.
 */
export const coloursOf = async (picture: Buffer, most: number): Promise<ColourShare[]> => {
  const { data } = await sharp(picture)
    .rotate()
    .resize(SIDE, SIDE, { fit: 'fill' })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels: { at: [number, number, number]; weight: number; edge: boolean }[] = [];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const i = 3 * (y * SIDE + x);
      const [dx, dy] = [(x + 0.5) / SIDE - 0.5, (y + 0.5) / SIDE - 0.5];
      pixels.push({
        at: lab(data[i]!, data[i + 1]!, data[i + 2]!),
        weight: Math.exp(-(dx * dx + dy * dy) / 0.08),
        edge: Math.min(x, y, SIDE - 1 - x, SIDE - 1 - y) < 3,
      });
    }
  }
  const grounds = groundsOf(pixels.filter(({ edge }) => edge).map(({ at }) => at));
  const isGround = (at: readonly number[]) => grounds.some((ground) => distance(ground, at) < LIKE_GROUND);
  const total = pixels.reduce((sum, { weight }) => sum + weight, 0);
  let counted = pixels.filter(({ at }) => !isGround(at));
  if (counted.reduce((sum, { weight }) => sum + weight, 0) < 0.1 * total) counted = pixels;
  const shares = new Map<string, number>();
  let sum = 0;
  for (const { at, weight } of counted) {
    let best = { word: '', far: Number.POSITIVE_INFINITY };
    for (const anchor of anchors) {
      const far = distance(anchor.at, at);
      if (far < best.far) best = { word: anchor.word, far };
    }
    shares.set(best.word, (shares.get(best.word) ?? 0) + weight);
    sum += weight;
  }
  return [...shares]
    .map(([word, weight]) => ({ word, score: Math.round((1000 * weight) / sum) / 1000 }))
    .filter(({ score }) => score >= LEAST_SHARE)
    .sort((a, b) => b.score - a.score || a.word.localeCompare(b.word))
    .slice(0, most);
};

/** Up to three colours that much of the border has. */
const groundsOf = (border: readonly [number, number, number][]): [number, number, number][] => {
  const found: [number, number, number][] = [];
  let rest = [...border];
  while (found.length < 3 && rest.length > border.length * 0.2) {
    const sorted = [...rest].sort((a, b) => a[0] - b[0]);
    const middle = sorted[Math.floor(sorted.length / 2)]!;
    const alike = rest.filter((at) => distance(middle, at) < LIKE_GROUND);
    if (alike.length < border.length * 0.1) break;
    found.push(middle);
    rest = rest.filter((at) => distance(middle, at) >= LIKE_GROUND);
  }
  return found;
};
