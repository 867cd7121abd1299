export const PAGE_BYTES = 65_536;
const MOST_PAGES = 65_536;

/** Shared, so that threads can read it and that growing leaves older views alive; with the most room this machine lets a process reserve. */
export const sharedMemory = (initialPages: number): WebAssembly.Memory => {
  for (let maximum = MOST_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: initialPages, maximum, shared: true });
    } catch (error) {
      if (maximum < 4_096) throw error;
    }
  }
};

/** Makes room for so many rows behind `head` bytes, by half more than there is. Gives whether the memory grew (views of it are to be made anew). @throws RangeError past 4 GB. */
export const growFor = (memory: WebAssembly.Memory, rows: number, stride: number, head: number): boolean => {
  const needed = head + rows * stride;
  const have = memory.buffer.byteLength;
  if (needed <= have) return false;
  const wanted = Math.min(MOST_PAGES, Math.ceil(Math.max(needed, head + (rows + rows / 2) * stride) / PAGE_BYTES));
  memory.grow(Math.max(1, wanted - have / PAGE_BYTES));
  return true;
};
