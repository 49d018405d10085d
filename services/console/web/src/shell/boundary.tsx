/** A page that could not be shown does not take the others with it: without a network some are not on this device yet. */
import { Button, Result } from "antd";
import { Component, type ReactNode } from "react";
import { useLocation } from "react-router";
import { useTexts } from "../i18n/language";

interface BoundaryProps {
  /** Another page is another try. */
  place: string;
  children: ReactNode;
}

export function PageBoundary({ children }: { children: ReactNode }) {
  const { pathname } = useLocation();
  return <Boundary place={pathname}>{children}</Boundary>;
}

class Boundary extends Component<BoundaryProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (before.place !== this.props.place && this.state.hasFailed) this.setState({ hasFailed: false });
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  const t = useTexts();
  return (
    <div role="alert">
      <Result
        status="warning"
        title={t(navigator.onLine ? "state.pageFailed" : "state.pageOffline")}
        extra={
          <Button type="primary" onClick={() => window.location.reload()}>
            {t("action.reload")}
          </Button>
        }
      />
    </div>
  );
}
