/** Rows of one shape (or several; columns are collected) as a Markdown table, numbers right-aligned. */
export const markdownTable = (rows) => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isNumber = (column) =>
    rows.every((row) => row[column] === undefined || row[column] === '' || typeof row[column] === 'number');
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    line(columns.map((column) => (isNumber(column) ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((column) => String(row[column] ?? '').replaceAll('|', '\\|')))),
  ].join('\n');
};
