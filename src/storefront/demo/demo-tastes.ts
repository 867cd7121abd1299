import { z } from 'zod';

const Leaning = z.number().min(-1).max(1);

/**
 * `seeds/demo/tastes.json`: what a person would say of each product on a few dimensions (−1 to 1), and the types of shopper there are.
 * Only the simulation reads it; it is no part of the catalogue and no model sees it.
 */
export const DemoTastes = z
  .strictObject({
    about: z.string().optional(),
    dimensions: z.array(z.strictObject({ name: z.string(), low: z.string(), high: z.string() })).min(1),
    archetypes: z
      .array(
        z.strictObject({
          name: z.string(),
          about: z.string(),
          share: z.number().positive().max(1),
          likes: z.record(z.string(), Leaning),
        }),
      )
      .min(1),
    items: z.record(z.string(), z.record(z.string(), Leaning)),
  })
  .superRefine((tastes, context) => {
    const names = new Set(tastes.dimensions.map(({ name }) => name));
    const known = (leanings: Record<string, number>, path: (string | number)[]): void => {
      for (const name of Object.keys(leanings))
        if (!names.has(name))
          context.addIssue({
            code: 'custom',
            path: [...path, name],
            message: `no such dimension; there are ${[...names].join(', ')}`,
          });
    };
    for (const [i, archetype] of tastes.archetypes.entries()) known(archetype.likes, ['archetypes', i, 'likes']);
    for (const [id, attributes] of Object.entries(tastes.items)) known(attributes, ['items', id]);
  });
export type DemoTastes = z.infer<typeof DemoTastes>;
