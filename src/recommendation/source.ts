/** Where a candidate's score comes from; a reason names one. */
export const SOURCES = [
  'context.image',
  'context.item',
  'context.text',
  'history',
  'behaviour',
  'session',
  'together',
  'popular',
  'new',
  'rule',
] as const;
export type Source = (typeof SOURCES)[number];

/** The sources that a blend weighs; rules add what they say. */
export const BLENDED = SOURCES.slice(0, -1) as readonly Exclude<Source, 'rule'>[];
export type BlendedSource = (typeof BLENDED)[number];

/** What can lower a score. */
export const PENALTIES = ['negatives', 'dismissed', 'variant', 'popularity', 'rule'] as const;
export type PenaltySource = (typeof PENALTIES)[number];

/** What on the page or in the past a contribution goes back to. */
export interface Because {
  itemId?: string;
  /** Picture of the item, counted from 0. */
  index?: number;
  imageId?: string;
  url?: string;
  /** Position of the picture in the call's list, counted from 0, where it came as bytes. */
  image?: number;
  text?: string;
  /** The piece of the recommended item's clip that answers, in seconds. */
  segment?: { start: number; end: number };
}
