import { z } from 'zod';
import { FieldErrorSchema } from './batch-answer.js';
import { type JsonSchema, jsonSchemaOf } from './json-schema.js';
import type { Route, RouteTable } from './route-table.js';

const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    requestId: z.string(),
    code: z.string().describe('VIT_AREA_WHAT'),
    errors: z.array(FieldErrorSchema).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });

const wordsOf = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, (_all, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replace(/^./, (first) => first.toUpperCase());

const tagOf = (path: string): string => {
  const [first = '', second = '', third = ''] = path.split('/').slice(1);
  if (first !== 'v1') return 'operations';
  return second === 'admin' ? `admin: ${third}` : second;
};

interface Operation {
  summary?: string;
  description?: string;
}

/** A body that the decorators of @nestjs/swagger describe, for handlers that read theirs by themselves. */
const notedBody = (route: Route): JsonSchema | undefined => {
  const noted = (
    (Reflect.getMetadata('swagger/apiParameters', route.handler) ?? []) as {
      in?: string;
      description?: string;
      schema?: JsonSchema;
    }[]
  ).find((parameter) => parameter.in === 'body');
  if (noted === undefined) return undefined;
  const types = (Reflect.getMetadata('swagger/apiConsumes', route.handler) ?? [
    route.path.endsWith('/batch') ? 'application/x-ndjson' : 'application/json',
  ]) as string[];
  return {
    required: true,
    description: noted.description,
    content: Object.fromEntries(types.map((type) => [type, { schema: noted.schema ?? {} }])),
  };
};

/** JSON, unless the handler states another type of its own. */
const answeredAs = (route: Route): string =>
  ((Reflect.getMetadata('__headers__', route.handler) ?? []) as { name: string; value: unknown }[])
    .flatMap(({ name, value }) => (name.toLowerCase() === 'content-type' ? [String(value).split(';')[0]!] : []))
    .at(0) ?? 'application/json';

const operationOf = (route: Route, components: Record<string, JsonSchema>): JsonSchema => {
  const { contract, role } = route;
  const noted = (Reflect.getMetadata('swagger/apiOperation', route.handler) ?? {}) as Operation;
  const parameters: JsonSchema[] = [...route.path.matchAll(/:([A-Za-z0-9_]+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: contract.params[name] ? jsonSchemaOf(contract.params[name], 'input', components) : { type: 'string' },
  }));
  if (contract.query) {
    const { properties = {}, required = [] } = z.toJSONSchema(contract.query, {
      io: 'input',
      unrepresentable: 'any',
    }) as { properties?: Record<string, JsonSchema>; required?: string[] };
    for (const [name, schema] of Object.entries(properties)) {
      const { description, ...rest } = schema;
      parameters.push({
        name,
        in: 'query',
        required: required.includes(name),
        ...(description === undefined ? {} : { description }),
        schema: rest,
      });
    }
  }
  if (role === 'publishable')
    parameters.push({
      name: 'Vitrine-Visitor',
      in: 'header',
      required: false,
      description: 'Token of the visitor that a publishable key acts for',
      schema: { type: 'string' },
    });
  const responses: Record<string, JsonSchema> = {};
  for (const { status, schema, description } of contract.responses)
    responses[String(status)] =
      schema === null
        ? { description }
        : { description, content: { [answeredAs(route)]: { schema: jsonSchemaOf(schema, 'output', components) } } };
  if (contract.responses.length === 0) responses['200'] = { description: 'Done' };
  const refused = [
    '400',
    ...(role === 'none' ? [] : ['401', '403']),
    ...(parameters.some((parameter) => parameter.in === 'path') ? ['404'] : []),
    ...(contract.body ? ['413', '415'] : []),
    '429',
    '503',
  ];
  for (const status of refused) responses[status] ??= { $ref: '#/components/responses/Problem' };
  // Whatever else there may be to refuse, it has this form.
  responses.default = { $ref: '#/components/responses/Problem' };
  return {
    operationId: `${route.controller.replace(/Controller$/, '')}_${route.name}`,
    summary: noted.summary ?? wordsOf(route.name),
    ...(noted.description ? { description: noted.description } : {}),
    tags: [tagOf(route.path)],
    'x-role': role,
    security: role === 'none' ? [] : [{ [role]: [] }],
    parameters,
    ...(contract.body
      ? {
          requestBody: {
            // A call without a body is a call with nothing said.
            required: !contract.body.schema.safeParse({}).success,
            content: Object.fromEntries(
              contract.body.mediaTypes.map((type) => [
                type,
                { schema: jsonSchemaOf(contract.body!.schema, 'input', components) },
              ]),
            ),
          },
        }
      : { requestBody: notedBody(route) }),
    responses,
  };
};

/** The whole OpenAPI 3.1 document, written from the routes' own decorators. */
export const openApiDocument = (table: RouteTable, version: string, serverUrl?: string): JsonSchema => {
  const components: Record<string, JsonSchema> = {};
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of table.routes) {
    if (route.hidden || route.path.endsWith('*') || route.method === 'ALL') continue;
    const path = route.path.replace(/:([A-Za-z0-9_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  const problem = jsonSchemaOf(ProblemSchema, 'output', components);
  const scheme = (description: string) => ({ type: 'http', scheme: 'bearer', description });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vitrine',
      version,
      description: 'A recommendation engine for shops that looks. Send a key as `Authorization: Bearer KEY`.',
    },
    ...(serverUrl ? { servers: [{ url: serverUrl }] } : {}),
    paths,
    components: {
      schemas: components,
      responses: {
        Problem: { description: 'Problem details', content: { 'application/problem+json': { schema: problem } } },
      },
      securitySchemes: {
        publishable: scheme('A publishable key (pages), or a stronger one'),
        server: scheme('A server key (back end), or an admin key'),
        admin: scheme('An admin key'),
      },
    },
  };
};
