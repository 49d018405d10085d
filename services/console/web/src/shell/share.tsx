/** A share as a bar with its figure; red where it falls short of what is needed. */
interface ShareProps {
  /** Of one. */
  value: number;
  label: string;
  good: boolean;
}

export function Share({ value, label, good }: ShareProps) {
  return (
    <span className="share-bar share-wide">
      <span className="bar-track" aria-hidden>
        <span className={`bar-part ${good ? "fill-good" : "fill-bad"}`} style={{ width: `${Math.max(0, Math.min(1, value)) * 100}%` }} />
      </span>
      {label}
    </span>
  );
}
