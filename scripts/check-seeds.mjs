// Part of `npm run check`: the demo shop's words. Every text is its own voice: no sentence twice, no template, no stock opening;
// every product has its reviews, its pictures and its hidden tastes. Prints each offence with the sentences it is about.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FEWEST_REVIEWS = 5;
const MOST_REVIEWS = 9;
const FEWEST_IN_ALL = 300;
const SHINGLE = 5;
const OPENING = 3;
const MOST_SAME_OPENING = 2;
/** Sentences of this many words or more are compared word by word; sharing more than this part of the longer one, in order, is a template. */
const TEMPLATE_WORDS = 6;
const TEMPLATE_SHARE = 0.6;
const LEAVES = [
  'Electronics > Computers',
  'Electronics > Photo',
  'Home & Garden > Furniture',
  'Home & Garden > Plants',
  'Sports & Outdoor > Equipment',
  'Sports & Outdoor > Footwear',
];

const words = (text) =>
  text
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[’']/g, '')
    .match(/[\p{L}\p{N}]+/gu) ?? [];
const sentences = (text) =>
  text
    .split(/(?<=[.!?…])["”»)]*\s+/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => words(sentence).length > 0);

/** The longest run of words both have in the same order, other words allowed between; both at most some 60 words long. */
function sharedInOrder(left, right) {
  let above = new Uint8Array(right.length + 1);
  for (const word of left) {
    const row = new Uint8Array(right.length + 1);
    for (let j = 1; j <= right.length; j++)
      row[j] = word === right[j - 1] ? above[j - 1] + 1 : Math.max(above[j], row[j - 1]);
    above = row;
  }
  return above[right.length];
}

/** Offences against "its own voice" among texts `{ where, text }`: sentences twice, shared runs of words, templates, stock openings. */
function sameVoice(texts) {
  const findings = [];
  const spoken = texts.flatMap(({ where, text }) =>
    sentences(text).map((sentence) => ({ where, sentence, words: words(sentence) })),
  );
  const seen = new Map();
  for (const { where, sentence, words: said } of spoken) {
    const key = said.join(' ');
    if (seen.has(key)) findings.push(`the same sentence in ${seen.get(key)} and ${where}: "${sentence}"`);
    else seen.set(key, where);
  }
  const runs = new Map();
  for (const { where, sentence, words: said } of spoken) {
    for (let i = 0; i + SHINGLE <= said.length; i++) {
      const run = said.slice(i, i + SHINGLE).join(' ');
      const first = runs.get(run);
      if (first === undefined) runs.set(run, { where, sentence });
      else if (first.where !== where)
        findings.push(`"${run}" in ${first.where} ("${first.sentence}") and in ${where} ("${sentence}")`);
    }
  }
  const long = spoken.filter((one) => one.words.length >= TEMPLATE_WORDS);
  for (let i = 0; i < long.length; i++) {
    for (let j = i + 1; j < long.length; j++) {
      const longer = Math.max(long[i].words.length, long[j].words.length);
      const shorter = Math.min(long[i].words.length, long[j].words.length);
      if (shorter < TEMPLATE_SHARE * longer) continue;
      if (sharedInOrder(long[i].words, long[j].words) >= TEMPLATE_SHARE * longer)
        findings.push(
          `one template: "${long[i].sentence}" (${long[i].where}) and "${long[j].sentence}" (${long[j].where})`,
        );
    }
  }
  const openings = new Map();
  for (const { where, text } of texts) {
    const opening = words(text).slice(0, OPENING).join(' ');
    openings.set(opening, [...(openings.get(opening) ?? []), where]);
  }
  for (const [opening, places] of openings)
    if (places.length > MOST_SAME_OPENING)
      findings.push(`${places.length} texts open with "${opening} …": ${places.join(', ')}`);
  return findings;
}

/** Whether every product has what the shop needs: words of a fair length, a leaf category, reviews, pictures with their close-ups, tastes. */
function complete({ items, reviews, details, tastes }) {
  const findings = [];
  const twice = (values, what) => {
    const seen = new Set();
    for (const value of values) {
      if (seen.has(value)) findings.push(`${what} twice: ${value}`);
      seen.add(value);
    }
  };
  twice(
    items.map((item) => item.id),
    'an item id',
  );
  twice(
    items.map((item) => item.sku),
    'a SKU',
  );
  twice(
    items.map((item) => item.title.toLowerCase()),
    'a title',
  );
  twice(
    items.map((item) => item.images[0]?.file),
    'a photograph',
  );
  twice(
    reviews.map((review) => review.id),
    'a review id',
  );
  twice(
    reviews.map((review) => review.title.toLowerCase()),
    'a review title',
  );
  const known = new Set(items.map((item) => item.id));
  const count = new Map();
  for (const review of reviews) {
    if (!known.has(review.itemId)) findings.push(`review ${review.id} is about ${review.itemId}, which is no item`);
    if (![1, 2, 3, 4, 5].includes(review.rating))
      findings.push(`review ${review.id} has rating ${review.rating}; 1 to 5 would be right`);
    count.set(review.itemId, (count.get(review.itemId) ?? 0) + 1);
  }
  if (reviews.length < FEWEST_IN_ALL)
    findings.push(`${reviews.length} reviews; ${FEWEST_IN_ALL} or more would be right`);
  for (const language of ['de', 'fr'])
    if (!reviews.some((review) => review.language === language)) findings.push(`no review has language ${language}`);
  const cut = new Set();
  for (const item of items) {
    const reviewed = count.get(item.id) ?? 0;
    if (reviewed < FEWEST_REVIEWS || reviewed > MOST_REVIEWS)
      findings.push(`${item.id} has ${reviewed} reviews; ${FEWEST_REVIEWS} to ${MOST_REVIEWS} would be right`);
    const length = words(item.description).length;
    if (length < 40 || length > 125)
      findings.push(`the description of ${item.id} has ${length} words; 40 to 120 would be right`);
    if (item.categories.length !== 1 || !LEAVES.includes(item.categories[0]))
      findings.push(`${item.id} is in ${item.categories.join(', ')}, not in one leaf category`);
    const [whole, ...closeUps] = item.images;
    if (closeUps.length < 1 || closeUps.length > 3)
      findings.push(`${item.id} has ${closeUps.length} close-ups; 1 to 3 would be right`);
    for (const image of item.images) if (!image.alt) findings.push(`${image.file} of ${item.id} has no alt text`);
    for (const { file } of closeUps) {
      const crop = details[file];
      cut.add(file);
      if (!crop) findings.push(`details.json lacks ${file} of ${item.id}`);
      else if (crop.from !== whole.file)
        findings.push(`${file} of ${item.id} is cut from ${crop.from}, not from its own photograph ${whole.file}`);
      else if (
        !(
          crop.x >= 0 &&
          crop.y >= 0 &&
          crop.width >= 0.1 &&
          crop.height >= 0.1 &&
          crop.x + crop.width <= 1 + 1e-9 &&
          crop.y + crop.height <= 1 + 1e-9
        )
      )
        findings.push(`${file} reaches out of its photograph or is too small: ${JSON.stringify(crop)}`);
    }
    for (const { name } of tastes.dimensions) {
      const value = tastes.items[item.id]?.[name];
      if (!(value >= -1 && value <= 1))
        findings.push(`tastes.json: ${item.id} has ${name} = ${value}; -1 to 1 would be right`);
    }
  }
  for (const file of Object.keys(details))
    if (!cut.has(file)) findings.push(`details.json cuts ${file}, which no item shows`);
  for (const id of Object.keys(tastes.items))
    if (!known.has(id)) findings.push(`tastes.json knows ${id}, which is no item`);
  const shares = tastes.archetypes.reduce((sum, archetype) => sum + archetype.share, 0);
  if (Math.abs(shares - 1) > 1e-6)
    findings.push(`the shares of the archetypes in tastes.json add up to ${shares}, not to 1`);
  return findings;
}

const textsOf = ({ items, reviews }) => [
  ...items.map((item) => ({ where: item.id, text: item.description })),
  ...reviews.map((review) => ({ where: review.id, text: review.text })),
];

/** A check that cannot fail proves nothing: each kind of offence is planted once, in memory, and must be found. */
function selfTest(seeds) {
  const [first, second, third] = seeds.reviews;
  const longest = sentences(first.text).sort((a, b) => b.length - a.length)[0];
  const replaced = words(longest)
    .map((word, i) => (i % 4 === 3 ? `other${i}` : word))
    .join(' ');
  const plant = (id, text) => ({
    ...seeds,
    reviews: seeds.reviews.map((review) => (review.id === id ? { ...review, text } : review)),
  });
  const trials = [
    ['a copied sentence', sameVoice(textsOf(plant(third.id, `${third.text} ${longest}`))), 'the same sentence'],
    ['a template', sameVoice(textsOf(plant(third.id, `${replaced}.`))), 'one template'],
    [
      'a stock opening',
      sameVoice(seeds.reviews.slice(0, 9).map((r) => ({ where: r.id, text: `I love this ${r.text}` }))),
      'texts open with',
    ],
    [
      'too few reviews',
      complete({ ...seeds, reviews: seeds.reviews.filter((r) => r.itemId !== second.itemId) }),
      'has 0 reviews',
    ],
  ];
  return trials
    .filter(([, findings, said]) => !findings.some((finding) => finding.includes(said)))
    .map(([what]) => `this check no longer finds ${what}`);
}

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'seeds', 'demo');
const read = (name) => readFileSync(join(folder, name), 'utf8');
const rows = (name) =>
  read(name)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const seeds = {
  items: rows('catalog.ndjson'),
  reviews: rows('reviews.ndjson'),
  details: JSON.parse(read('details.json')),
  tastes: JSON.parse(read('tastes.json')),
};
const findings = [...complete(seeds), ...sameVoice(textsOf(seeds)), ...selfTest(seeds)];
for (const finding of findings) console.error(`seeds: ${finding}`);
if (findings.length > 0) process.exit(1);
console.log(
  `seeds: ${seeds.items.length} products, ${seeds.reviews.length} reviews, ${Object.keys(seeds.details).length} close-ups; no sentence twice, no template`,
);
