/** How near a part of the grid is to what it can bear. */
interface Borne {
  peak_kw: number | null;
  capacity_kw: number | null;
  maximum_kw: number | null;
}

/** The colours of a gap's level, none to the highest. */
export const LEVEL_FILLS = ["fill-good", "fill-blue", "fill-yellow", "fill-orange", "fill-red"] as const;

/** The day's peak over the capacity, or over what is known as the maximum where no capacity is. */
export function loadRate({ peak_kw, capacity_kw, maximum_kw }: Borne): number | undefined {
  const most = capacity_kw ?? maximum_kw;
  return peak_kw === null || !most ? undefined : peak_kw / most;
}
