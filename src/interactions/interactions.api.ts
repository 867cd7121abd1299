export { CONSENT, type ConsentDecision, type ConsentPort, type ConsentQuestion } from './consent.port.js';
export { ConsentInput, EVENT_TYPES, EventAnswer, EventInput, EventType } from './event.schema.js';
export { type EventCounts, EventsService } from './events.service.js';
export { HISTORY_LENGTH, type HistoryEntry, HistoryReader } from './history-reader.js';
export { type Impression, ImpressionLog } from './impression-log.js';
export { PeopleCache, subjectOf } from './people-cache.js';
export { PeopleService } from './people.service.js';
export { PICTURE_EMBEDDER, PICTURE_KEEPER, type PictureEmbedder, type PictureKeeper } from './picture.ports.js';
export { type Upload, Uploads } from './uploads.js';
