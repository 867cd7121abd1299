// The types of @vitrine/client, written from an OpenAPI document: the same text for the build and for the test that compares.
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { root } from './paths.mjs';

/** Where the committed types lie. */
export const typesFile = join(root, 'packages', 'client', 'src', 'schema.d.ts');

/** TypeScript of the document's paths and schemas; the product's version is left out, so that a release alone changes nothing. */
export const typesOf = async (document) => {
  const { servers, ...rest } = document;
  const text = astToString(await openapiTS(rest, { alphabetize: true, defaultNonNullable: false }));
  return `// Written by \`npm run build:client\` from /openapi.json. Not to be edited by hand.\n${text}`;
};
