export { assertMayActFor } from '../platform/platform.api.js';
