/** What is shown where there is nothing, not yet anything, or nobody who answers. */
import { Alert, Button, Result, Skeleton } from "antd";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Problem, Unreachable } from "../api/client";
import { text, useTexts } from "../i18n/language";
import { useSession } from "../session/session";

/** A failure as a sentence for people. */
export function sentence(error: unknown): string {
  if (error instanceof Problem) {
    const faults = error.faults.map((fault) => fault.message).join(text("list.comma"));
    return [error.title, error.detail, faults].filter(Boolean).join(text("list.dash"));
  }
  if (error instanceof Unreachable) return text("state.unreachable");
  return text("state.failed");
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useTexts();
  return (
    <Alert
      role="alert"
      showIcon
      type={error instanceof Problem ? "error" : "warning"}
      title={sentence(error)}
      action={
        retry && (
          <Button size="small" onClick={retry}>
            {t("action.retry")}
          </Button>
        )
      }
    />
  );
}

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  empty?: (data: T) => boolean;
  rows?: number;
}

/** The children when there are data; what there was stays on the page when a later question fails. */
export function Loaded<T>({ query, children, empty, rows = 4 }: LoadedProps<T>) {
  const { phase } = useSession();
  const t = useTexts();
  const retry = () => void query.refetch();
  // The page's head says that there is no network; each part says only whether it was kept.
  if (phase === "away") return query.data === undefined ? <Nothing words={t("state.notKept")} /> : <>{empty?.(query.data) ? <Nothing /> : children(query.data)}</>;
  if (query.data === undefined) {
    return query.isError ? <Failure error={query.error} retry={retry} /> : <Skeleton active title={false} paragraph={{ rows }} />;
  }
  return (
    <>
      {query.isError && <Failure error={query.error} retry={retry} />}
      {empty?.(query.data) ? <Nothing /> : children(query.data)}
    </>
  );
}

export function Nothing({ words }: { words?: string }) {
  const t = useTexts();
  return <p className="nothing">{words ?? t("state.empty")}</p>;
}

export function NotFoundPage() {
  const t = useTexts();
  return (
    <Result
      status="404"
      title={t("state.notFound")}
      extra={
        <Link to="/">
          <Button type="primary">{t("action.home")}</Button>
        </Link>
      }
    />
  );
}
