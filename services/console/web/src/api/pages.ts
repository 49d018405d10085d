/** Lists that come in pages. */
export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

/** The first page is small, so that it is there at once; the others are as large as a service gives. */
export const FIRST_PAGE = 200;
export const LARGEST_PAGE = 1000;

/** All items up to `most`, page after page. */
export async function allItems<T>(read: (cursor: string | undefined) => Promise<Page<T>>, most = 10_000): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && items.length < most);
  return items;
}
