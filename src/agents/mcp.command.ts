import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Command } from 'commander';
import { agentServer } from './agent-tools.js';
import { HttpShopApi } from './shop-api.js';

interface Surroundings {
  withApi<T>(work: (api: { url: string; token: string }) => Promise<T>): Promise<T>;
  say(text: string): void;
}

/** `vitrine mcp`: the shop as tools for an agent that talks over standard input and output. */
export const registerMcp = (program: Command, context: Surroundings): void => {
  program
    .command('mcp')
    .description(
      'tools for agents by the Model Context Protocol, on standard input and output (a running Vitrine also answers at POST /mcp)',
    )
    .option('--url <address>', 'a Vitrine elsewhere, instead of the one on this data folder')
    .option('--key <key>', 'its server key (or VITRINE_SERVER_KEY)')
    .action(async ({ url, key }: { url?: string; key?: string }) => {
      if (url)
        return serve(new HttpShopApi(url.replace(/\/$/, ''), key ?? process.env.VITRINE_SERVER_KEY ?? ''), context);
      await context.withApi((api) => serve(new HttpShopApi(api.url, key ?? api.token), context));
    });
};

/** Until the agent closes its end, or a signal comes. Standard output belongs to the protocol alone. */
const serve = async (shop: HttpShopApi, { say }: Pick<Surroundings, 'say'>): Promise<void> => {
  const server = agentServer(shop);
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await server.connect(new StdioServerTransport());
  say('vitrine mcp: ready on standard input and output');
  await ended;
  await server.close();
};
