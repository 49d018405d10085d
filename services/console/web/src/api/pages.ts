/** Lists that come in pages. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";

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

/** What a page of a list is asked with. */
export interface Part {
  limit: number;
  cursor?: string;
}

interface ListOptions {
  /** More than that are not fetched: who looks for more narrows the question. */
  most?: number;
  every?: number | false;
  enabled?: boolean;
}

/** A list as a page shows it: all of its pages, kept while another question is asked. */
export function useList<T>(
  key: readonly unknown[],
  read: (part: Part) => Promise<Page<T>>,
  { most = 2_000, every = false, enabled = true }: ListOptions = {},
) {
  return useQuery({
    queryKey: key,
    enabled,
    refetchInterval: every,
    placeholderData: keepPreviousData,
    queryFn: () => allItems((cursor) => read({ limit: Math.min(most, LARGEST_PAGE), ...(cursor && { cursor }) }), most),
  });
}
