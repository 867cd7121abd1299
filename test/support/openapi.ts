/** A JSON schema of the product's own OpenAPI document. */
export type Schema = Record<string, unknown>;
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}
export type Role = 'none' | 'publishable' | 'server' | 'admin';

/** One call of the API as its document describes it. */
export interface Operation {
  method: string;
  /** `/v1/items/{id}` */
  path: string;
  role: Role;
  parameters: Parameter[];
  /** Schema of the body by media type. */
  bodies: Record<string, Schema>;
  /** Schema of the answer by status; null: no content, undefined: not JSON. */
  answers: Record<string, Schema | null>;
}

export interface OpenApi {
  operations: Operation[];
  /** Follows `$ref`s to the schema itself. */
  resolve(schema: Schema): Schema;
  components: Record<string, Schema>;
}

interface Document {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      {
        'x-role': Role;
        parameters?: Parameter[];
        requestBody?: { content: Record<string, { schema: Schema }> };
        responses: Record<string, { $ref?: string; content?: Record<string, { schema: Schema }> }>;
      }
    >
  >;
  components: { schemas: Record<string, Schema> };
}

/** Reads the document that a running Vitrine shows. */
export const readOpenApi = async (url: string): Promise<OpenApi> => {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const components = document.components.schemas;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      role: operation['x-role'],
      parameters: operation.parameters ?? [],
      bodies: Object.fromEntries(
        Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema]),
      ),
      answers: Object.fromEntries(
        Object.entries(operation.responses)
          .filter(([, response]) => response.$ref === undefined)
          .map(([status, response]) => [
            status,
            response.content === undefined ? null : (response.content['application/json']?.schema ?? {}),
          ]),
      ),
    })),
  );
  const resolve = (schema: Schema): Schema => {
    const name = typeof schema.$ref === 'string' ? /^#\/components\/schemas\/(.+)$/.exec(schema.$ref)?.[1] : undefined;
    if (name === undefined) return schema;
    const found = components[name];
    if (!found) throw new Error(`the document has no schema ${name}`);
    return resolve(found);
  };
  return { operations, resolve, components };
};
