export { registerMcp } from './mcp.command.js';
