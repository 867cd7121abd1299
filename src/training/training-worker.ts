import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { learn } from './learn.js';
import type { TrainingInput, TrainingMessage } from './training-data.js';

const tell = (message: TrainingMessage): void => parentPort?.postMessage(message);
try {
  // On Linux this is the thread's own priority: serving always goes first.
  setPriority(0, 19);
} catch {
  // Not allowed here: training then shares the machine evenly.
}
try {
  await learn(workerData as TrainingInput, {
    progress: (step, share) => tell({ is: 'progress', step, share }),
    learned: (kind, output) => tell({ is: 'learned', kind, output }),
    tuned: (family, tuned) => tell({ is: 'tuned', family, tuned }),
  });
  tell({ is: 'done' });
} catch (error) {
  tell({ is: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
