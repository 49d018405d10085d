/** How near a part of the grid is to what it can bear. */
interface Borne {
  peak_kw: number | null;
  capacity_kw: number | null;
}

/** The colours of a gap's level, none to the highest. */
export const LEVEL_FILLS = ["fill-good", "fill-blue", "fill-yellow", "fill-orange", "fill-red"] as const;

/** The day's peak over the capacity; undefined where either is not known: the largest load so far is no capacity. */
export function loadRate({ peak_kw, capacity_kw }: Borne): number | undefined {
  return peak_kw === null || !capacity_kw ? undefined : peak_kw / capacity_kw;
}
