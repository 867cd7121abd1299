export { registerAudience } from './audience.command.js';
export { forEverybody, resumeAfter, toFile } from './everybody.js';
