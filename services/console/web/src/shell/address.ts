/** What a page shows stands in its address, so that it can be sent to somebody and survives a reload. */
import { useCallback } from "react";
import { useSearchParams } from "react-router";

type Change = Record<string, string | null | undefined>;

export function useAddress(): [URLSearchParams, (change: Change) => void] {
  const [search, setSearch] = useSearchParams();
  const change = useCallback(
    (wanted: Change) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(wanted)) {
            if (value) after.set(name, value);
            else after.delete(name);
          }
          return after;
        },
        { replace: true },
      ),
    [setSearch],
  );
  return [search, change];
}
