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

interface BoundaryState {
  hasFailed: boolean;
  /** A file of this build is not there any more: the console was updated while the page was open. */
  isOld: boolean;
}

class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state = { hasFailed: false, isOld: false };

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { hasFailed: true, isOld: error instanceof TypeError && /import/i.test(error.message) };
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (before.place !== this.props.place && this.state.hasFailed) this.setState({ hasFailed: false, isOld: false });
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <Failed isOld={this.state.isOld} /> : this.props.children;
  }
}

function Failed({ isOld }: { isOld: boolean }) {
  const t = useTexts();
  return (
    <div role="alert">
      <Result
        status="warning"
        title={t(navigator.onLine ? (isOld ? "state.pageNewer" : "state.pageFailed") : "state.pageOffline")}
        extra={
          <Button type="primary" onClick={() => window.location.reload()}>
            {t("action.reload")}
          </Button>
        }
      />
    </div>
  );
}
