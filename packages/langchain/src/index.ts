export { VitrineApi, type VitrineApiOptions, VitrineRefusal } from './vitrine-api.js';
export { VitrineEmbeddings } from './vitrine-embeddings.js';
export { VitrineRetriever, type VitrineRetrieverFields } from './vitrine-retriever.js';
export { VitrineStore, type VitrineStoreFilter } from './vitrine-store.js';
