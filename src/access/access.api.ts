export { AccessGate, type Credentials, LOCAL_TOKEN } from './access-gate.js';
export { assertMayActFor } from './assert-may-act-for.js';
export { AuditLog } from './audit-log.js';
export { KeyRing, type KnownKey, type MadeKey } from './key-ring.js';
export { VisitorTokens } from './visitor-tokens.js';
