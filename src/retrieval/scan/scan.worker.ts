import { parentPort, workerData } from 'node:worker_threads';
import { javascriptKernel, wasmKernel } from '../kernel/dot-kernel.js';
import { ExactScan } from './exact-scan.js';
import type { ScanReply, ScanRequest, ScanThreadData } from './scan-messages.js';

/*
 * The thread that scans many rows, in the memory of whoever owns them: nothing is copied. A row that changes meanwhile may be read half; whoever asked knows which changed and
 * scores those anew.
 */
const port = parentPort!;
const { module } = workerData as ScanThreadData;
const kernel = module ? wasmKernel(module) : javascriptKernel;
const tables = new Map<number, { scan: ExactScan; dimension: number }>();
const reply = (message: ScanReply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

const scan = ({ call, table, queries, ks, rows }: Extract<ScanRequest, { is: 'scan' }>): void => {
  const { scan, dimension } = tables.get(table)!;
  const found = scan.nearest(
    ks.map((_, at) => queries.subarray(at * dimension, (at + 1) * dimension)),
    ks,
    rows,
  );
  reply({ is: 'scanned', call, found });
};

port.on('message', (request: ScanRequest) => {
  switch (request.is) {
    case 'table': {
      const { memory } = request;
      tables.set(request.table, { scan: new ExactScan(memory, kernel, 1), dimension: memory.dimension });
      return;
    }
    case 'scan':
      try {
        scan(request);
      } catch (error) {
        reply({ is: 'failed', call: request.call, reason: error instanceof Error ? error.message : String(error) });
      }
      return;
    case 'forget':
      tables.delete(request.table);
      return;
    case 'close':
      port.close();
  }
});
