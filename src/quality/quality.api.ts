export { Finding, QualityReport } from './finding.schema.js';
export { BURST_PER_MINUTE, QualityService } from './quality.service.js';
