/** A cluster on loopback, as `scripts/lib/weaviate.mjs` starts it. */
export interface RunningWeaviate {
  /** For WEAVIATE_URL: all nodes. */
  url: string;
  logs(): string[];
  kill(node: number): Promise<void>;
  revive(node: number): Promise<void>;
  stop(): Promise<void>;
}

/** Real servers are tried by `npm run test:scale`, which builds them; other runs leave them out unless `VITRINE_TEST_WEAVIATE` names one. */
export const hasWeaviate =
  process.env.VITRINE_TEST_SUITE === 'scale' || process.env.VITRINE_TEST_WEAVIATE !== undefined;

export const startWeaviate = async (nodes: number): Promise<RunningWeaviate> => {
  const { startWeaviate } = (await import('../../scripts/lib/weaviate.mjs' as string)) as {
    startWeaviate(count: number): Promise<RunningWeaviate>;
  };
  return startWeaviate(nodes);
};
