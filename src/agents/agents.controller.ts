import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { Controller, Post, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access, ZodBody, ZodResponse } from '../platform/platform.api.js';
import { agentServer } from './agent-tools.js';
import { answerOf, type ShopApi } from './shop-api.js';

const isMessage = (value: unknown): boolean => (value as { jsonrpc?: unknown } | null)?.jsonrpc === '2.0';
const Message = z
  .union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown())).min(1).max(100)])
  .refine((message) => (Array.isArray(message) ? message.every(isMessage) : isMessage(message)), {
    message: 'must be a JSON-RPC 2.0 message, or up to 100 of them: { "jsonrpc": "2.0", "id": …, "method": … }',
  })
  .meta({ id: 'McpMessage' });

/** The Model Context Protocol by streamable HTTP: one POST a message, no session kept, answered as JSON. */
@ApiTags('agents')
@Controller('mcp')
@Access('server')
export class AgentsController {
  constructor(private readonly host: HttpAdapterHost) {}

  /** A message of an agent (JSON-RPC 2.0), answered with the key it came with. */
  @Post()
  @ZodResponse(z.looseObject({ jsonrpc: z.literal('2.0') }).meta({ id: 'McpAnswer' }))
  async message(
    @ZodBody(Message) message: z.infer<typeof Message>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
    const server = agentServer(this.shop(request));
    reply.hijack();
    reply.raw.on('close', () => void server.close());
    await server.connect(transport);
    await transport.handleRequest(request.raw, reply.raw, message);
  }

  /** The API of this very process, asked without a socket, as the caller. */
  private shop({ headers, ip }: FastifyRequest): ShopApi {
    const fastify = this.host.httpAdapter.getInstance() as FastifyInstance;
    const authorization = headers.authorization ?? '';
    return {
      call: async <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> => {
        const answer = await fastify.inject({
          method,
          url: path,
          headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          payload: body === undefined ? undefined : JSON.stringify(body),
          remoteAddress: ip,
        });
        return answerOf<T>(answer.statusCode, answer.payload);
      },
      picture: async (path) => {
        const answer = await fastify.inject({ method: 'GET', url: path, remoteAddress: ip });
        if (answer.statusCode !== 200) throw new Error(`the picture ${path} cannot be had (${answer.statusCode})`);
        return { bytes: answer.rawPayload, mediaType: String(answer.headers['content-type'] ?? 'image/webp') };
      },
    };
  }
}
